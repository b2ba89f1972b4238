// SHA-256 (FIPS 180-4), by OpenSSL's libcrypto: names contents, never secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace nc {

using Bytes = std::span<const std::byte>;

// A running hash: feed bytes with update(), then ask for hex().
class Sha256 {
 public:
  Sha256();
  void update(Bytes bytes);
  void update(const std::string& text);
  std::string hex();  // 64 hexadecimal digits; ends the hash

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

std::string sha256(Bytes bytes);

}  // namespace nc
