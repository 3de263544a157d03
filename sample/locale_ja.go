package sample

import minori "github.com/minori-hq/minori"

// japanese gives the names and texts of a Japanese company.
func japanese() *locale {
	l := &locale{
		settings: minori.Workspace{
			Currency: "JPY", TimeZone: "Asia/Tokyo", Lang: minori.JA,
			FiscalYearStart: 4, FiscalYearNamed: "start", Country: "JP",
		},
		offset: 9 * 3600,
		prices: map[string]float64{Enterprise: 132_000, Pro: 84_000, Basic: 42_000}, step: 1200,
		rounds:      []string{"", "ホールディングス", "グループ", "東日本", "西日本", "中央"},
		branches:    []string{"北海道", "東北", "中部", "関西", "九州", "販売"},
		familyFirst: true,
		team:        "カスタマーサクセス%dグループ",
		products:    []string{"プラットフォーム", "アナリティクス", "オートメーション"},
		onboarding:  "導入支援パック",
		honorific:   "様",
	}
	l.nouns, l.industries = japaneseNouns()
	l.stems = japaneseStems()
	l.setPlaces(japanesePlaces())
	l.families, l.givens = japanesePeople()
	l.titles = map[string][]string{
		"sponsor":  {"執行役員 業務本部長", "取締役 管理本部長", "情報システム本部長", "常務取締役"},
		"champion": {"業務改革推進部 部長", "業務企画部 課長", "DX推進室 室長", "営業企画部 課長"},
		"admin":    {"情報システム部 主任", "情報システム部 課長", "総務部 係長"},
		"user":     {"業務部 主任", "営業部", "経営企画部", "業務部 係長"},
	}
	japaneseVoices(l)
	japaneseTalk(l)
	return l
}

func japaneseStems() []word {
	first := pairedWords(`白 shira 桜 sakura 楓 kaede 霧 kiri 風 kaza 雪 yuki 月 tsuki 星 hoshi 波 nami 浜 hama 里 sato 泉 izumi
		峰 mine 若 waka 朝 asa 緑 midori 椿 tsubaki 梅 ume 鶴 tsuru 岩 iwa 萩 hagi 楠 kusu 青 ao 瀬 se`)
	second := pairedWords(`川 kawa 崎 saki 沢 sawa 野 no 原 hara 村 mura 岡 oka 島 shima 見 mi 木 ki 浦 ura 越 koshi 谷 tani 坂 saka 平 hira 山 yama`)
	return crossed(first, second)
}

func japaneseNouns() ([]word, []string) {
	nouns := pairedWords(`製作所 seisakusho 工業 kogyo 精機 seiki 電機 denki 化学 kagaku 金属 kinzoku 樹脂 jushi 機械 kikai
		商店 shoten 百貨店 hyakkaten ストア store 書店 shoten-books 薬局 yakkyoku 家具 kagu 洋品 yohin 生活館 seikatsukan
		システム systems ソフト soft 情報 joho テクノロジー technology データ data ネットワーク network 通信 tsushin ソリューションズ solutions
		信用 shinyo リース lease 証券 shoken 保険サービス hoken キャピタル capital ファイナンス finance 投資顧問 toshi アセット asset
		メディカル medical 製薬 seiyaku 介護サービス kaigo 医療器 iryoki ケア care 臨床検査 rinsho ヘルスケア healthcare バイオ bio
		物流 butsuryu 運輸 unyu 倉庫 soko 海運 kaiun 陸送 rikuso ロジスティクス logistics 通運 tsuun 配送 haiso
		教育社 kyoikusha 出版 shuppan 学院 gakuin アカデミー academy 印刷 insatsu 図書 tosho ラーニング learning 教材 kyozai
		建設 kensetsu 工務店 komuten 設計 sekkei 不動産 fudosan 住宅 jutaku 土木 doboku 設備 setsubi 地所 jisho
		食品 shokuhin 製菓 seika 水産 suisan 乳業 nyugyo 製パン seipan 酒造 shuzo 製粉 seifun 青果 seika-ichiba
		観光 kanko ホテル hotel 警備 keibi 人材サービス jinzai ビルサービス building 旅行 ryoko 広告 kokoku イベント event`)
	return nouns, []string{
		"製造業", "小売業", "情報通信業", "金融・保険業", "医療・介護",
		"物流・運輸業", "教育・出版", "建設・不動産業", "食品業", "サービス業",
	}
}

func japanesePlaces() []place {
	var out []place
	for _, p := range []place{
		{share: 0.44, region: "関東"}, {share: 0.19, region: "関西"}, {share: 0.14, region: "中部"},
		{share: 0.09, region: "九州・沖縄"}, {share: 0.08, region: "北海道・東北"}, {share: 0.06, region: "中国・四国"},
	} {
		p.country, p.currency = "JP", "JPY"
		before, after, merged := p, p, p
		before.form, before.share = "株式会社*", 0.5*p.share
		after.form, after.share = "*株式会社", 0.44*p.share
		merged.form, merged.share = "合同会社*", 0.06*p.share
		out = append(out, before, after, merged)
	}
	return out
}

func japanesePeople() (families, givens []word) {
	families = pairedWords(`佐藤 sato 鈴木 suzuki 高橋 takahashi 田中 tanaka 伊藤 ito 渡辺 watanabe 山本 yamamoto 中村 nakamura
		小林 kobayashi 加藤 kato 吉田 yoshida 山田 yamada 佐々木 sasaki 山口 yamaguchi 松本 matsumoto 井上 inoue 木村 kimura 林 hayashi
		斎藤 saito 清水 shimizu 山崎 yamazaki 森 mori 池田 ikeda 橋本 hashimoto 阿部 abe 石川 ishikawa 山下 yamashita 中島 nakajima
		石井 ishii 小川 ogawa 前田 maeda 岡田 okada 長谷川 hasegawa 藤田 fujita 近藤 kondo 村上 murakami 遠藤 endo 青木 aoki
		坂本 sakamoto 福田 fukuda 太田 ota 西村 nishimura 藤井 fujii 岡本 okamoto 三浦 miura 中野 nakano 松田 matsuda 原田 harada
		小野 ono 竹内 takeuchi 金子 kaneko 和田 wada 中山 nakayama 石田 ishida 上田 ueda 森田 morita 原 hara 柴田 shibata
		酒井 sakai 工藤 kudo 横山 yokoyama 宮崎 miyazaki 宮本 miyamoto 内田 uchida 高木 takagi 安藤 ando 谷口 taniguchi 大野 ono`)
	givens = pairedWords(`翔太 shota 大輔 daisuke 健一 kenichi 直樹 naoki 拓也 takuya 達也 tatsuya 誠 makoto 隆 takashi 浩二 koji 修 osamu
		亮 ryo 智也 tomoya 雄介 yusuke 康弘 yasuhiro 和也 kazuya 俊介 shunsuke 剛 tsuyoshi 学 manabu 洋平 yohei 慎一 shinichi
		正樹 masaki 裕太 yuta 光 hikaru 進 susumu 悟 satoru 徹 toru 哲也 tetsuya 英明 hideaki 淳 jun 司 tsukasa
		美咲 misaki 陽子 yoko 裕子 yuko 恵 megumi 由美 yumi 真由美 mayumi 香織 kaori 智子 tomoko 千尋 chihiro 彩 aya
		愛 ai 麻衣 mai 優子 yuko 直美 naomi 久美子 kumiko 奈々 nana 明日香 asuka 沙織 saori 綾香 ayaka 真理 mari
		理恵 rie 典子 noriko 純子 junko 桃子 momoko 春香 haruka 菜摘 natsumi 友美 tomomi 美穂 miho 葵 aoi 遥 haruka`)
	return families, givens
}

func japaneseVoices(l *locale) {
	l.reasons = []reason{
		{"キーパーソンの異動・退職", []string{"後任の本部長が前職で使っていた製品に切り替えることになりました。", "推進役の退職後、社内で予算を守れる方がいなくなりました。"}},
		{"品質・障害", []string{"直近のリリース後に不具合が続き、信頼を回復できませんでした。", "監査までに出力の不具合が解消されませんでした。"}},
		{"活用・定着の不足", []string{"一部の方の利用にとどまり、多くの部署が表計算ソフトに戻りました。", "最初の用途から先に活用が広がりませんでした。"}},
		{"価格", []string{"ツール費用の2割削減の方針が出て、費用対効果を示しきれませんでした。", "利用頻度の低い方の分まで費用をかけられないとのことです。"}},
		{"競合への切り替え", []string{"すでに契約している統合製品に寄せる方針になりました。", "基幹システムとの連携を競合が先に提供しました。"}},
		{"機能不足", []string{"多段階の承認機能を長くお待たせしてしまいました。", "現場で使えるオフライン機能がありませんでした。"}},
		{"組織再編・統合", []string{"合併に伴い、親会社の標準システムに統一されます。", "利用していた事業部が閉鎖されました。"}},
	}
	l.voices = [3][]string{
		{
			"月末になると動作が遅く、問い合わせの回答にも日数がかかります。", "新しい担当者が使い始めるまでに時間がかかりすぎます。",
			"前回の更新以降、データの出力が安定しません。", "契約しているライセンスの多くが使われていません。",
			"結局、報告資料は表計算ソフトで作り直しています。",
		},
		{
			"必要なことはできていますが、スマートフォンの画面は改善してほしいです。", "全体として満足ですが、レポートの自由度がもう少し欲しいです。",
			"設定が済めば快適です。立ち上げには予定より時間がかかりました。", "便利ですが、自動化はまだ試せていません。",
		},
		{
			"半日かかっていた週次の計画作成が1時間で終わるようになりました。", "サポートの方が当社の設定をよく理解していて、その日のうちに回答をもらえます。",
			"数字が一か所にまとまり、部署全員が使うようになりました。", "担当CSMの勉強会のおかげで、1か月で効果が出ました。",
			"操作が分かりやすく、異動してきた社員も初日から使えています。",
		},
	}
}

func japaneseTalk(l *locale) {
	l.talkTitles = map[string][]string{
		"call":    {"定例の電話", "状況確認の電話", "お問い合わせへのご説明", "フォローの電話"},
		"meeting": {"月次定例会", "レポート活用の勉強会", "管理者様との設定見直し", "新しい部署への導入説明会"},
		"email":   {"設定に関するご質問への回答", "最新リリースのご案内", "お打ち合わせの議事メモ送付", "トレーニング資料の送付"},
		"review":  {"ビジネスレビュー", "ビジネスレビュー(EBR)"},
	}
	l.mails = []string{
		"{contact}にシングルサインオンの設定手順をお送りし、短いお打ち合わせもご提案した。",
		"{contact}に新機能をご案内し、お客様の業務に関わる2点を補足した。",
		"{contact}に合意事項を担当と期限付きでお送りした。",
		"{contact}に新しい利用者向けの手引きと短い動画2本をお送りした。",
	}
	l.notes = [3][]string{
		{
			"{contact}によると、2つの部署が以前の表計算に戻り、利用が減っているとのこと。",
			"直近のお問い合わせの解決に時間がかかった点について、{contact}から厳しいご意見をいただいた。",
			"予算の見直しが始まり、{contact}が全ツールの費用対効果を報告することになった。",
			"{contact}はお忙しく、予定していた他部署への展開は延期となった。",
			"他社製品も検討されている模様。{contact}は製品名までは話されなかった。",
		},
		{
			"{contact}と未解決の項目を確認した。急ぎのものはない。",
			"日々の業務は順調。{contact}から、経営層に見せやすいレポートが欲しいとのご要望。",
			"{contact}から、他社での自動化の活用例を知りたいとのご相談。",
			"来月新しいメンバーが加わるため、{contact}からトレーニングのご依頼をいただいた。",
		},
		{
			"{contact}より、春からの取り組みで計画作成の時間が3割減ったとご報告いただいた。",
			"大変前向きな打ち合わせ。{contact}は隣の部署への展開も希望されている。",
			"ユーザー会での事例紹介について、{contact}から前向きなお返事をいただいた。",
			"今四半期の目標を達成。{contact}から感謝のお言葉をいただいた。",
		},
	}
	l.nexts = [3][]string{
		{"次の対応:今週中にスポンサーに電話する。", "次の対応:金曜までに利用回復の計画を日程付きで作成する。", "次の対応:サポート責任者を交え、週次で状況をご報告する。"},
		{"次の対応:レポートのひな形を送付する。", "次の対応:2週間後に新しい利用者向けのトレーニングを行う。", "次の対応:来月あらためて状況を確認する。"},
		{"次の対応:次の半年の目標を一緒に決める。", "次の対応:隣の部署向けのご提案を準備する。", "次の対応:導入事例の取材をお願いする。"},
	}
	l.farewellTitle = "スポンサーご退職の連絡"
	l.farewell = "{contact}がご退職されたとのこと。後任は未定で、推進ご担当の方からご紹介いただく予定。"
}
