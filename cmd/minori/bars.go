package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/minori-hq/minori/app/owner"
)

// lineEvery is how often progress is written where there is no terminal.
const lineEvery = 5 * time.Second

// bars shows the progress of long work: a bar with rate and time left on a
// terminal, plain lines elsewhere.
type bars struct {
	w       io.Writer
	pool    *mpb.Progress
	bar     *mpb.Bar
	label   string
	rows    int64
	started time.Time
	last    time.Time
}

func newBars(w io.Writer) *bars {
	b := &bars{w: w}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.pool = mpb.New(mpb.WithOutput(w), mpb.WithWidth(64))
	}
	return b
}

// progress shows p; a new label begins a new bar.
func (b *bars) progress(p owner.Progress) {
	now := time.Now()
	if p.Label != b.label {
		b.finish()
		b.label, b.started, b.last = p.Label, now, now
	}
	b.rows = p.Rows
	if b.pool != nil {
		b.draw(p)
	} else if now.Sub(b.last) >= lineEvery {
		b.last = now
		fmt.Fprintln(b.w, b.line(p, now.Sub(b.started)))
	}
	if p.End {
		b.finish()
	}
}

// line tells progress in words.
func (b *bars) line(p owner.Progress, took time.Duration) string {
	s := p.Label
	if p.Rows > 0 {
		s += fmt.Sprintf(": %d rows, %.0f rows/s", p.Rows, float64(p.Rows)/took.Seconds())
	}
	if p.Total > 0 && p.Done > 0 {
		left := time.Duration(float64(took) * float64(p.Total-p.Done) / float64(p.Done))
		s += fmt.Sprintf(", %d %%, %s left", 100*p.Done/p.Total, left.Round(time.Second))
	}
	return s
}

func (b *bars) draw(p owner.Progress) {
	if b.bar == nil {
		b.bar = b.pool.AddBar(p.Total,
			mpb.PrependDecorators(decor.Name(p.Label+" "), decor.Percentage()),
			mpb.AppendDecorators(decor.Any(b.rate), decor.AverageETA(decor.ET_STYLE_GO)),
			mpb.BarRemoveOnComplete())
	}
	b.bar.SetTotal(p.Total, false)
	b.bar.SetCurrent(p.Done)
}

func (b *bars) rate(decor.Statistics) string {
	took := time.Since(b.started).Seconds()
	if b.rows == 0 || took == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f rows/s ", float64(b.rows)/took)
}

func (b *bars) finish() {
	if b.bar != nil {
		b.bar.SetTotal(-1, true)
		b.bar = nil
	}
	b.label = ""
}

// close ends all bars.
func (b *bars) close() {
	b.finish()
	if b.pool != nil {
		b.pool.Wait()
	}
}
