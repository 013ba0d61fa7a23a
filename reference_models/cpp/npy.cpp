#include "npy.h"

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <regex>
#include <stdexcept>

namespace calobench {

namespace {

constexpr char kMagic[] = "\x93NUMPY\x01\x00";
constexpr std::size_t kMagicSize = 8;

void Write(const std::string& path, const std::string& type, std::size_t rows, std::size_t columns, const void* values,
           std::size_t bytes) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                       std::to_string(columns) + "), }";
  header.append(63 - (kMagicSize + 2 + header.size()) % 64, ' ').push_back('\n');
  const std::string partial = path + ".partial";
  {
    std::ofstream stream(partial, std::ios::binary);
    stream.write(kMagic, kMagicSize);
    stream.put(static_cast<char>(header.size() % 256)).put(static_cast<char>(header.size() / 256));
    stream << header;
    stream.write(static_cast<const char*>(values), static_cast<std::streamsize>(bytes));
    if (!stream.flush()) {
      std::remove(partial.c_str());
      throw std::runtime_error(path + " cannot be written; check the place");
    }
  }
  if (std::rename(partial.c_str(), path.c_str()) != 0) {
    std::remove(partial.c_str());
    throw std::runtime_error(path + " cannot be written; check the place");
  }
}

}  // namespace

Table ReadNpy(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string start(kMagicSize + 2, '\0');
  if (!stream.read(start.data(), static_cast<std::streamsize>(start.size())) ||
      start.compare(0, kMagicSize, std::string(kMagic, kMagicSize)) != 0) {
    throw std::runtime_error(path + " is no .npy file; write it with numpy.save");
  }
  const std::size_t length = static_cast<unsigned char>(start[8]) + 256u * static_cast<unsigned char>(start[9]);
  std::string header(length, '\0');
  stream.read(header.data(), static_cast<std::streamsize>(length));
  static const std::regex pattern(
      R"('descr': '<f4'.*'fortran_order': False.*'shape': \((\d{1,12}), (\d{1,12})\))");
  std::smatch match;
  if (!std::regex_search(header, match, pattern)) {
    throw std::runtime_error(path + " is no table of float32, row by row; convert it with numpy.float32");
  }
  Table table{std::stoull(match[1]), std::stoull(match[2]), {}};
  const auto begin = stream.tellg();
  stream.seekg(0, std::ios::end);
  const auto bytes = static_cast<std::uint64_t>(stream.tellg() - begin);
  if (bytes != 4 * table.rows * table.columns) {
    throw std::runtime_error(path + " is cut short; write it again");
  }
  stream.seekg(begin);
  table.values.resize(table.rows * table.columns);
  stream.read(reinterpret_cast<char*>(table.values.data()), static_cast<std::streamsize>(bytes));
  return table;
}

void WriteNpy(const std::string& path, const Table& table) {
  Write(path, "<f4", table.rows, table.columns, table.values.data(), 4 * table.values.size());
}

void WriteNpy(const std::string& path, std::size_t columns, const std::vector<double>& values) {
  Write(path, "<f8", values.size() / columns, columns, values.data(), 8 * values.size());
}

}  // namespace calobench
