package revenue

import (
	"context"

	minori "github.com/minori-hq/minori"
)

// RatesAt gives the rates in force on a day: per currency the latest one from
// that day or before. The workspace's currency is 1.
func (s *Service) RatesAt(ctx context.Context, actor minori.Actor, day minori.Day) (Rates, error) {
	all, err := s.Rates(ctx, actor)
	if err != nil {
		return nil, err
	}
	value, from := map[string]float64{s.cfg.Currency: 1}, map[string]minori.Day{}
	for _, r := range all {
		if d, ok := from[r.Currency]; r.Day <= day && (!ok || r.Day > d) {
			value[r.Currency], from[r.Currency] = r.Value, r.Day
		}
	}
	return func(currency string) (float64, bool) {
		v, ok := value[currency]
		return v, ok
	}, nil
}
