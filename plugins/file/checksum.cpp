// file.checksum. The only file that includes OpenSSL.

#include "disk/source.hpp"
#include "tasks.hpp"

#include <openssl/evp.h>

#include <cstdlib>
#include <new>

namespace file {
namespace {

using Digest = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;

Digest begin(const std::string& algorithm) {
  Digest digest(EVP_MD_CTX_new());
  if (!digest) throw std::bad_alloc();
  const EVP_MD* kind = algorithm == "sha256"   ? EVP_sha256()
                       : algorithm == "sha512" ? EVP_sha512()
                       : algorithm == "sha1"   ? EVP_sha1()
                       : algorithm == "md5"    ? EVP_md5()
                                               : nullptr;
  if (kind == nullptr)
    throw ropewalk::Permanent("there is no digest '" + algorithm + "' (has: sha256, sha512, sha1, md5)");
  // For example, a FIPS build of OpenSSL rejects md5.
  if (EVP_DigestInit_ex(digest.get(), kind, nullptr) != 1)
    throw ropewalk::Permanent("OpenSSL does not offer the digest '" + algorithm + "' on this machine");
  return digest;
}

std::string finish(EVP_MD_CTX* digest) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(digest, bytes, &size);
  std::string digits;
  digits.reserve(2 * size);
  for (unsigned int i = 0; i < size; ++i) {
    digits += "0123456789abcdef"[bytes[i] >> 4];
    digits += "0123456789abcdef"[bytes[i] & 15];
  }
  return digits;
}

}  // namespace

Checksum::Worker::Worker() : buffer(static_cast<char*>(std::aligned_alloc(kAlignment, kSize))) {
  if (!buffer) throw std::bad_alloc();
}
void Checksum::Worker::Free::operator()(char* memory) const { std::free(memory); }

std::string checksum_line(std::string_view digest, std::string_view name) {
  std::string escaped;
  for (const char c : name) {
    if (c == '\\')
      escaped += "\\\\";
    else if (c == '\n')
      escaped += "\\n";
    else if (c == '\r')
      escaped += "\\r";
    else
      escaped += c;
  }
  std::string line(escaped.size() == name.size() ? "" : "\\");
  return line.append(digest).append("  ").append(escaped);
}

Checksum::Result Checksum::run(ropewalk::Call& call, Worker& worker) const {
  const Digest digest = begin(algorithm);
  disk::Source source(path);
  std::int64_t bytes = 0;
  for (;;) {
    call.stop_if_cancelled();
    const std::size_t got = source.read({worker.buffer.get(), Worker::kSize});
    if (got == 0) break;
    EVP_DigestUpdate(digest.get(), worker.buffer.get(), got);
    bytes += static_cast<std::int64_t>(got);
  }
  std::string digits = finish(digest.get());
  std::string line = checksum_line(digits, path.native());
  return {.path = path, .digest = std::move(digits), .bytes = bytes, .line = std::move(line)};
}

void Checksum::describe(ropewalk::TaskType<Checksum>& task) {
  task.summary("Digest of one file.")
      .thread_safe()
      .stops()
      .param("path", &Checksum::path, "file to read")
      .input_file()
      .option("algorithm", &Checksum::algorithm, "digest to compute")
      .one_of({"sha256", "sha512", "sha1", "md5"})
      .result("path", &Result::path, "the file, as it was given")
      .result("digest", &Result::digest, "hexadecimal")
      .result("bytes", &Result::bytes, "size of the file")
      .result("line", &Result::line, "as sha256sum prints it");
}

}  // namespace file
