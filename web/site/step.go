package site

import minori "github.com/minori-hq/minori"

// LastStep gives the newest evaluation up to a day; ok is false if there is none.
func (s *Site) LastStep(r *Request, kind minori.SubjectKind, upTo minori.Day) (at minori.AsOf, ok bool, err error) {
	for _, weeks := range []int{1, 52, 600} {
		steps, err := s.Lake.Steps(r.Context(), kind, upTo, weeks)
		if err != nil {
			return at, false, err
		}
		if n := len(steps); n > 0 {
			return steps[n-1], true, nil
		}
	}
	return at, false, nil
}
