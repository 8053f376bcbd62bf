// Package origin compares web origins and hosts as browsers do: by what they mean, not
// by how they are spelt.
//
//	page, err := origin.Parse("http://127.0.0.1:80")
//	from, err := origin.Parse(r.Header.Get("Origin")) // "http://127.0.0.1"
//	same := page == from
//
// It must never call two origins the same that a browser keeps apart.
package origin
