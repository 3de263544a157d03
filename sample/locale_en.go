package sample

import minori "github.com/minori-hq/minori"

// english gives the names and texts of an English-speaking company.
func english() *locale {
	l := &locale{
		settings: minori.Workspace{
			Currency: "USD", TimeZone: "UTC", Lang: minori.EN,
			FiscalYearStart: 1, FiscalYearNamed: "start", Country: "US",
		},
		foreign: "EUR", rate: 1.09,
		prices: map[string]float64{Enterprise: 960, Pro: 600, Basic: 300}, step: 12,
		joint:      " ",
		rounds:     []string{"", " Group", " Holdings", " International", " Partners", " Worldwide"},
		branches:   []string{"Europe", "Asia Pacific", "Americas", "Nordics", "Services", "Digital"},
		team:       "Team %d",
		products:   []string{"Platform", "Analytics", "Automation"},
		onboarding: "Onboarding package",
		gap:        " ",
	}
	l.nouns, l.industries = englishNouns()
	l.stems = englishStems()
	l.setPlaces(englishPlaces())
	l.families, l.givens = englishPeople()
	l.titles = map[string][]string{
		"sponsor":  {"VP Operations", "Chief Operating Officer", "Chief Information Officer", "Managing Director", "VP Customer Operations"},
		"champion": {"Head of Operations", "Operations Manager", "Programme Manager", "Business Systems Lead"},
		"admin":    {"Systems Administrator", "IT Manager", "Applications Analyst"},
		"user":     {"Operations Analyst", "Team Lead", "Coordinator", "Specialist"},
	}
	englishVoices(l)
	englishTalk(l)
	return l
}

func englishStems() []word {
	single := plainWords(`Alder Amber Anchor Aspen Atlas Aurora Banner Beacon Birch Bluebell Bramble Bridgeport
		Cadence Calder Canopy Cardinal Cedar Chandler Cinder Clover Cobalt Compass Copper Coral Crescent Cypress
		Dalton Delta Dover Drake Eastgate Ebony Echo Ember Everly Falcon Fenwick Fern Finch Flint Foundry
		Gable Garnet Glacier Granite Grove Halcyon Halyard Harbour Hartley Hazel Heron Hollis Horizon Indigo Ironbridge
		Ivory Jasper Juniper Keystone Kestrel Kingfisher Lantern Larkspur Laurel Linden Lodestar Lumen Magnolia Maple
		Marlow Meridian Merlin Mistral Monarch Mosaic Nimbus Northwind Obsidian Olive Onyx Orchard Osprey Palisade
		Parkway Pearl Pinnacle Piper Plover Prairie Quarry Quill Radley Raven Redwood Ridgeway Riverside Rowan Saffron
		Sable Sequoia Sextant Sierra Silverline Solstice Sparrow Sterling Summit Sycamore Tamarack Tern Thistle Topaz
		Trellis Umber Vantage Verity Wagtail Walnut Waverley Wexford Willow Windmill Wren Yarrow Zephyr`)
	first := plainWords(`Ash Black Bright Brook Clear Crane Elm Fair Glen Green Hawk High Kings Lake Long Mill North Oak Red Rose Stone Thorn West White`)
	second := []word{
		{"field", "field"}, {"ford", "ford"}, {"gate", "gate"}, {"haven", "haven"}, {"hurst", "hurst"},
		{"ley", "ley"}, {"mere", "mere"}, {"mont", "mont"}, {"point", "point"}, {"ridge", "ridge"},
		{"view", "view"}, {"water", "water"}, {"well", "well"}, {"wick", "wick"},
	}
	return append(single, crossed(first, second)...)
}

func englishNouns() ([]word, []string) {
	nouns := plainWords(`Software Systems Cloud Data Networks Labs Analytics Technologies
		Manufacturing Industries Precision Tools Components Machinery Castings Plastics
		Retail Outfitters Home Markets Stores Goods Apparel Living
		Capital Insurance Finance Payments Credit Wealth Leasing Assurance
		Health Medical Clinics Diagnostics Care Pharma Dental Biosciences
		Logistics Freight Shipping Transport Distribution Cargo Couriers Warehousing
		Education Academy Learning Publishing Schools Training Institute Press
		Hotels Travel Resorts Catering Dining Tours Leisure Events
		Construction Engineering Builders Contracting Architects Property Interiors Infrastructure
		Foods Beverages Bakery Dairy Farms Kitchens Produce Brewing`)
	return nouns, []string{
		"Software", "Manufacturing", "Retail", "Financial services", "Healthcare",
		"Logistics", "Education", "Hospitality", "Construction", "Food and beverage",
	}
}

func englishPlaces() []place {
	return []place{
		{0.38, "US", "AMER", "USD", "* Inc."},
		{0.14, "US", "AMER", "USD", "* LLC"},
		{0.06, "CA", "AMER", "USD", "* Ltd."},
		{0.15, "UK", "EMEA", "USD", "* Ltd"},
		{0.07, "DE", "EMEA", "EUR", "* GmbH"},
		{0.05, "FR", "EMEA", "EUR", "* SAS"},
		{0.03, "NL", "EMEA", "EUR", "* B.V."},
		{0.02, "IE", "EMEA", "EUR", "* Ltd"},
		{0.02, "ES", "EMEA", "EUR", "* S.L."},
		{0.04, "AU", "APAC", "USD", "* Pty Ltd"},
		{0.02, "SG", "APAC", "USD", "* Pte. Ltd."},
		{0.02, "JP", "APAC", "USD", "* K.K."},
	}
}

func englishPeople() (families, givens []word) {
	families = plainWords(`Adams Bailey Baker Barnes Bell Bennett Brooks Burke Butler Carter Chen Clarke Cole Collins Cooper
		Cruz Dalton Davies Diaz Dixon Edwards Ellis Evans Fischer Fletcher Foster Garcia Gibson Gordon Graham Grant Gray
		Griffin Hall Hansen Harper Harris Hayes Hughes Hunt Iyer Jackson Jensen Johnson Kaur Keller Kelly Kim Klein Lambert
		Larsen Lee Lopez Marsh Martin Mason Meyer Mills Moreau Morgan Murphy Nelson Newman Nguyen Novak Olsen Osborne
		Palmer Park Patel Pearson Perez Porter Quinn Rao Reed Reyes Richards Rivera Roberts Rossi Russell Santos Schmidt
		Shah Shaw Silva Simmons Singh Sullivan Tanaka Taylor Thomas Turner Walsh Ward Watson Weber Wells Wong Wright Young`)
	givens = plainWords(`Adam Aisha Alex Alice Amelia Anita Anna Ben Brian Carla Carlos Caroline Chris Claire Daniel David
		Diana Elena Eleanor Emily Emma Eric Eva Fiona Frank Gabriel Grace Hannah Helen Henry Hugo Ian Irene Isabel Jack Jacob
		James Jane Jason Jessica Joan Joel Julia Karen Kate Laura Leo Linda Lisa Louis Lucas Lucy Maria Marcus Mark Martha
		Maya Megan Michael Mina Monica Naomi Nathan Nina Noah Nora Oliver Olivia Omar Oscar Paul Peter Priya Rachel Ravi
		Rebecca Robert Rosa Ruth Ryan Samuel Sara Simon Sofia Sophie Stefan Susan Thomas Tina Victor Wei Yuki Zoe`)
	return families, givens
}

func englishVoices(l *locale) {
	l.reasons = []reason{
		{"Sponsor left", []string{"The new head of operations brought the tool of her former company.", "After the sponsor left nobody defended the budget."}},
		{"Quality", []string{"Too many interruptions after the last release; trust was gone.", "Errors in the exports were not solved in time for their audit."}},
		{"Low adoption", []string{"Only a handful of people used it; the rest went back to spreadsheets.", "The team never got beyond the first use case."}},
		{"Price", []string{"Procurement had to cut tools by a fifth and we could not show the return.", "They found the price per seat too high for occasional users."}},
		{"Competitor", []string{"Moved to a suite they already pay for.", "A competitor offered the integration with their ERP."}},
		{"Missing feature", []string{"Approval by several levels was promised for too long.", "No offline mode for people on site."}},
		{"Company change", []string{"Acquired; the parent company has its own standard.", "Closed the business unit that used it."}},
	}
	l.voices = [3][]string{
		{
			"Slow at month end, and support takes days to answer.", "Hard to get new colleagues started, nobody knows all the screens.",
			"Since the last update the exports are unreliable.", "We pay for many seats that nobody uses.",
			"Reports still have to be finished in a spreadsheet.",
		},
		{
			"Does what we need, though the mobile app could be better.", "Good product; the reports are a bit rigid.",
			"Fine once set up, the start took longer than planned.", "Useful, but we have not tried automation yet.",
		},
		{
			"Our weekly planning takes an hour instead of half a day.", "Support knows our setup and answers the same day.",
			"Finally one place for the numbers, the whole team uses it.", "The workshop with our CSM paid for itself within a month.",
			"Easy to learn; new colleagues work with it on their first day.",
		},
	}
}

func englishTalk(l *locale) {
	l.talkTitles = map[string][]string{
		"call":    {"Regular call", "Check-in", "Call about open questions", "Follow-up call"},
		"meeting": {"Monthly meeting", "Workshop on reports", "Working session with the admin", "Onboarding of a new team"},
		"email":   {"Answer to questions on setup", "News on the last release", "Summary of the last call", "Training material sent"},
		"review":  {"Business review", "Executive business review"},
	}
	l.mails = []string{
		"Sent {contact} the steps to set up single sign-on and offered a short call.",
		"Told {contact} what is new and which two changes matter to their teams.",
		"Sent {contact} what we agreed on, with owners and dates.",
		"Sent {contact} the guide and two short videos for new users.",
	}
	l.notes = [3][]string{
		{
			"{contact} says use has dropped because two teams went back to their old spreadsheets.",
			"{contact} is unhappy about the time it took to solve the last tickets.",
			"Budget is under review; {contact} was asked to list every tool and its return.",
			"{contact} had little time. The planned roll-out to further teams has been put off.",
			"They are looking at alternatives; {contact} did not want to say which.",
		},
		{
			"{contact} went through the open points with us. Nothing urgent.",
			"Core work runs well; {contact} would like clearer reports for the management.",
			"{contact} asked how other companies use automation.",
			"New colleagues start next month; {contact} asked for training.",
		},
		{
			"{contact} showed how planning time fell by a third since the spring.",
			"Very good talk. {contact} wants to bring in a second department.",
			"{contact} is willing to speak about their experience at our customer day.",
			"Goal for the quarter reached; {contact} thanked the team.",
		},
	}
	l.nexts = [3][]string{
		{"Next: call with the sponsor this week.", "Next: a plan to win the teams back, with dates, by Friday.", "Next: bring in support lead and agree on weekly updates."},
		{"Next: send the report template.", "Next: training for new users in two weeks.", "Next: talk again in a month."},
		{"Next: agree on goals for the next half-year.", "Next: prepare an offer for the second department.", "Next: ask for a case study."},
	}
	l.farewellTitle = "Sponsor has left the company"
	l.farewell = "{contact} has left the company. It is not decided yet who takes over; our champion will introduce us."
}
