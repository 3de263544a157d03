package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	minori "github.com/minori-hq/minori"
)

// Vault seals secrets before they are stored, with a key in a file of its own:
// whoever reads the database alone does not have them.
type Vault struct {
	path string
	mu   sync.Mutex
	key  []byte
}

// NewVault makes a vault whose key is in a file, made when it is first needed.
func NewVault(path string) *Vault { return &Vault{path: path} }

// load reads the key, or makes it.
func (v *Vault) load() ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.key != nil {
		return v.key, nil
	}
	text, err := os.ReadFile(v.path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = v.create()
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key of stored secrets: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != 32 {
		return nil, minori.Errorf(minori.Unavailable, "%s does not hold a key; put the file back from a backup", v.path)
	}
	v.key = key
	return key, nil
}

// create writes a new key whole or not at all.
func (v *Vault) create() (text []byte, err error) {
	text = []byte(hex.EncodeToString(random(32)) + "\n")
	f, err := os.CreateTemp(filepath.Dir(v.path), ".secret-*") // readable by its owner only
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	// A link does not replace a key that another process made meanwhile.
	if err = os.Link(f.Name(), v.path); errors.Is(err, fs.ErrExist) {
		return os.ReadFile(v.path)
	}
	return text, err
}

func (v *Vault) cipher() (cipher.AEAD, error) {
	key, err := v.load()
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Seal encrypts a secret for one purpose.
func (v *Vault) Seal(purpose string, secret []byte) (string, error) {
	c, err := v.cipher()
	if err != nil {
		return "", err
	}
	nonce := random(c.NonceSize())
	return base64.RawStdEncoding.EncodeToString(c.Seal(nonce, nonce, secret, []byte(purpose))), nil
}

// Open decrypts what Seal made for the same purpose.
func (v *Vault) Open(purpose, sealed string) ([]byte, error) {
	c, err := v.cipher()
	if err != nil {
		return nil, err
	}
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil || len(b) < c.NonceSize() {
		return nil, minori.Errorf(minori.Unavailable, "a stored secret cannot be read")
	}
	secret, err := c.Open(nil, b[:c.NonceSize()], b[c.NonceSize():], []byte(purpose))
	if err != nil {
		return nil, &minori.Error{Code: minori.Unavailable, Message: fmt.Sprintf("a stored secret was sealed with another key than %s", v.path), Err: err}
	}
	return secret, nil
}

// mac hashes a short code so that it cannot be guessed from its hash without the key.
func (v *Vault) mac(purpose, code string) (string, error) {
	key, err := v.load()
	if err != nil {
		return "", err
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte(purpose + "\x00" + code))
	return hex.EncodeToString(m.Sum(nil)), nil
}
