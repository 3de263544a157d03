package main

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

func main() {
	db, err := sql.Open("duckdb", "/tmp/big/lake.duckdb?access_mode=read_only")
	if err != nil {
		panic(err)
	}
	defer db.Close()
	q := func(s string) [][]any {
		rows, err := db.Query(s)
		if err != nil {
			fmt.Println(err)
			return nil
		}
		defer rows.Close()
		c, _ := rows.Columns()
		var out [][]any
		for rows.Next() {
			v := make([]any, len(c))
			p := make([]any, len(c))
			for i := range v {
				p[i] = &v[i]
			}
			_ = rows.Scan(p...)
			out = append(out, v)
		}
		return out
	}
	fmt.Println(q("select scorecard, count(*), count(distinct as_of) from score group by 1"))
	card := q("select min(scorecard) from score")[0][0]
	ids, ats := []string{}, []string{}
	for _, r := range q("select distinct subject from score where subject % 1999 = 7 order by 1 limit 50") {
		ids = append(ids, fmt.Sprint(r[0]))
	}
	for _, r := range q("select distinct as_of from score") {
		ats = append(ats, fmt.Sprint(r[0]))
	}
	t := func(name, s string) {
		best, sum := time.Hour, time.Duration(0)
		n := 0
		for range 15 {
			st := time.Now()
			n = len(q(s))
			d := time.Since(st)
			best = min(best, d)
			sum += d
		}
		fmt.Printf("%-20s %d rows best %8v avg %8v\n", name, n, best.Round(10*time.Microsecond), (sum / 15).Round(10*time.Microsecond))
	}
	in := strings.Join(ids, ",")
	at := strings.Join(ats, ",")
	c := fmt.Sprint(card)
	t("now", "SELECT subject, as_of, score, band FROM score WHERE scorecard = "+c+" AND as_of IN ("+at+") AND subject IN ("+in+") ORDER BY subject, as_of")
	t("wide", "SELECT subject, as_of, day, version, score, computed, override, cap_part, coverage, band FROM score WHERE scorecard = "+c+" AND as_of IN ("+at+") AND subject IN ("+in+") ORDER BY subject, as_of")
	t("only subj", "SELECT subject, as_of, score FROM score WHERE subject IN ("+in+")")
	v := "(VALUES (" + strings.Join(ids, "),(") + "))"
	t("join", "SELECT s.subject, as_of, score FROM score s JOIN "+v+" v(subject) ON s.subject = v.subject WHERE scorecard = "+c)
	t("semi", "SELECT s.subject, as_of, score FROM score s SEMI JOIN "+v+" v(subject) ON s.subject = v.subject WHERE scorecard = "+c)
	t("one", "SELECT subject, as_of, score FROM score WHERE scorecard = "+c+" AND subject = "+ids[3])
	t("agg", "SELECT count(*), sum(score) FROM score WHERE scorecard = "+c)
	t("list join", "SELECT subject FROM list_1 ORDER BY c8 DESC NULLS LAST, key LIMIT 50")
	var u []string
	for _, a := range ats {
		u = append(u, "SELECT subject, as_of, score FROM score WHERE as_of = "+a+" AND scorecard = "+c+" AND subject IN ("+in+")")
	}
	t("union", strings.Join(u, " UNION ALL "))
	fmt.Println(q("EXPLAIN ANALYZE SELECT subject, as_of, score FROM score WHERE scorecard = " + c + " AND as_of IN (" + at + ") AND subject IN (" + in + ")")[0][1])
	fmt.Println(q("select count(*) from pragma_storage_info('score') where column_name='subject' and segment_type='BIGINT'"))
}
