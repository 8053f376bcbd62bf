package web

// MaxWorldBytes is the largest map that the page is sent, in bytes before
// compression. A map costs 12 B a node and 8 B an edge: a grid map of 750,000
// edges and 96,000 nodes is 7.2 MB, and a browser holds some 8 M edges with ease.
const MaxWorldBytes = 64 << 20
