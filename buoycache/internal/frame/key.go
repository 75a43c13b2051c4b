package frame

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"fmt"
)

// key encrypts with AES-GCM and a random nonce of 96 bits. NIST SP 800-38D, 8.3, allows
// 2^32 values for a key then.
type key struct {
	id   [4]byte // tells keys apart, and says nothing of the secret
	aead cipher.AEAD
}

func newKey(secret []byte) (key, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return key{}, fmt.Errorf("it has %d bytes: give 32 random ones, such as those of openssl rand 32", len(secret))
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return key{}, err
	}
	k := key{aead: aead}
	digest := sha256.Sum256(append([]byte("buoycache key id\x00"), secret...))
	copy(k.id[:], digest[:])
	return k, nil
}

// seal appends the encrypted text to dst.
func (k key) seal(dst, text, bound []byte) []byte { return k.aead.Seal(dst, nil, text, bound) }

func (k key) open(body, bound []byte) ([]byte, error) {
	text, err := k.aead.Open(make([]byte, 0, len(body)), nil, body, bound)
	if err != nil {
		return nil, ErrDamaged
	}
	return text, nil
}
