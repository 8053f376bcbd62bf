package codec

import (
	"bytes"
	"encoding/binary"
	"math/rand"
	"reflect"
	"testing"
	"testing/quick"
)

// The oracle: the fields of a frame of fixed length stand on the wire in the
// struct's order, little endian, so reflection writes the same bytes. Random
// values reach every field, lawful or not.
func oracle[T any](t *testing.T, name string, got func(T) []byte, parse func([]byte) (T, error)) {
	t.Run(name, func(t *testing.T) {
		random := rand.New(rand.NewSource(1))
		for range 2000 {
			v, _ := quick.Value(reflect.TypeFor[T](), random)
			x := v.Interface().(T)
			want, err := binary.Append(nil, binary.LittleEndian, x)
			if err != nil {
				t.Fatal(err)
			}
			b := got(x)
			if !bytes.Equal(b, want) {
				t.Fatalf("%+v\n got %x\nwant %x", x, b, want)
			}
			back, err := parse(b)
			if err == nil && !reflect.DeepEqual(back, x) {
				t.Fatalf("%+v\nbecame %+v", x, back)
			}
			if err != nil && err != ErrValue {
				t.Fatalf("%+v: %v", x, err)
			}
		}
	})
}

func payloadOf[F frame](f F) []byte { return f.Append(nil)[headerLen:] }

func TestAgainstReflection(t *testing.T) {
	oracle(t, "join", payloadOf[Join], ParseJoin)
	oracle(t, "joined", payloadOf[Joined], ParseJoined)
	oracle(t, "leave", payloadOf[Leave], ParseLeave)
	oracle(t, "present", payloadOf[Present], ParsePresent)
	oracle(t, "move", payloadOf[Move], ParseMove)
	oracle(t, "reply", payloadOf[Reply], ParseReply)
	oracle(t, "subscribe", payloadOf[Subscribe], ParseSubscribe)
	oracle(t, "durable", payloadOf[Durable], ParseDurable)
	oracle(t, "grant", payloadOf[Grant], ParseGrant)
	oracle(t, "delta", payloadOf[Delta], ParseDelta)
	oracle(t, "weight", payloadOf[SetWeight], ParseSetWeight)
	oracle(t, "weighed", payloadOf[Weighed], ParseWeighed)
	oracle(t, "arrive", payloadOf[Arrive], ParseArrive)
	oracle(t, "arrived", payloadOf[Arrived], ParseArrived)
	oracle(t, "base", func(s Base) []byte { return s.Append(nil) }, ParseBase)
	oracle(t, "record header", func(h RecordHeader) []byte {
		return h.Append(nil)[1:] // the version stands before it
	}, func(b []byte) (RecordHeader, error) {
		h, _, err := ParseRecord(append([]byte{RecordVersion}, b...))
		if err == ErrType {
			err = ErrValue // a random kind
		}
		return h, err
	})
}
