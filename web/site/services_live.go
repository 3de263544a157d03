package site

// Live tells open pages what has changed, never the data itself.
type Live interface {
	// Listen opens a stream of names for a user.
	Listen(user string) (Stream, error)
	// Work gives the imports and evaluations under way.
	Work() []Work
}

// Stream gives the names of what has changed.
type Stream interface {
	// Ready has a mark when names wait; it is closed when the stream ends.
	Ready() <-chan struct{}
	// Take gives the names that wait, each once.
	Take() []string
	Close()
}

// Work is something long under way.
type Work struct {
	Label       string
	Done, Total int64 // Total 0: not known
	Rows        int64 // so far; 0 when work is not in rows
}
