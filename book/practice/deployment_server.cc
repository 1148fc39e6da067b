// Serves a SavedModel without Python, by TensorFlow's C API.
//
//   deployment_server FOLDER
//
// A request on standard input is a count (4 bytes) and count images of 784
// float32; the answer on standard output is count times 10 float32. The end
// of the input ends the server. A folder whose MANIFEST does not fit is
// refused: one line on standard error, exit code 1. Little-endian machines.

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensorflow/c/c_api.h"

namespace {

constexpr int kPixels = 28 * 28, kClasses = 10;
constexpr uint32_t kMostImages = 10000;
const std::string kShape = "shape 28 28 1 -> 10";

[[noreturn]] void refuse(const std::string& why) {
  throw std::runtime_error(why);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(path + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

// SHA-256 as in FIPS 180-4, with the names of that text. The constants are
// the fractions of the roots of the first primes, so they can be computed.
class Sha256 {
 public:
  static std::string hex(std::string data) {
    Sha256 sha;
    const uint64_t bits = 8 * uint64_t{data.size()};
    data += '\x80';
    while (data.size() % 64 != 56) data += '\0';
    for (int i = 7; i >= 0; --i) data += static_cast<char>(bits >> 8 * i);
    for (size_t i = 0; i < data.size(); i += 64) sha.block(&data[i]);
    char text[65];
    for (int i = 0; i < 8; ++i) snprintf(text + 8 * i, 9, "%08x", sha.h_[i]);
    return text;
  }

 private:
  Sha256() {
    for (int n = 2, found = 0; found < 64; ++n) {
      bool prime = true;
      for (int d = 2; d * d <= n; ++d) prime = prime && n % d;
      if (!prime) continue;
      if (found < 8) h_[found] = fraction_of_root(n, 2);
      k_[found++] = fraction_of_root(n, 3);
    }
  }

  // The first 32 bits behind the point of n's square or cube root: the
  // largest r with r**power <= n * 2**(32 * power), in whole numbers.
  static uint32_t fraction_of_root(unsigned n, int power) {
    using Wide = unsigned __int128;
    uint64_t r = 0;
    for (int bit = 36; bit >= 0; --bit) {
      const uint64_t t = r | uint64_t{1} << bit;
      const Wide left = power == 2 ? Wide{t} * t : Wide{t} * t * t;
      if (left <= Wide{n} << 32 * power) r = t;
    }
    return static_cast<uint32_t>(r);
  }

  static uint32_t rotr(uint32_t x, int n) { return x >> n | x << (32 - n); }

  void block(const char* bytes) {
    std::array<uint32_t, 64> w;
    for (int t = 0; t < 16; ++t) {
      w[t] = 0;
      for (int i = 0; i < 4; ++i) {
        w[t] = w[t] << 8 | static_cast<uint8_t>(bytes[4 * t + i]);
      }
    }
    for (int t = 16; t < 64; ++t) {
      const uint32_t x = w[t - 15], y = w[t - 2];
      w[t] = (rotr(y, 17) ^ rotr(y, 19) ^ y >> 10) + w[t - 7] +
             (rotr(x, 7) ^ rotr(x, 18) ^ x >> 3) + w[t - 16];
    }
    auto [a, b, c, d, e, f, g, h] = h_;
    for (int t = 0; t < 64; ++t) {
      const uint32_t t1 = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) +
                          ((e & f) ^ (~e & g)) + k_[t] + w[t];
      const uint32_t t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) +
                          ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const std::array<uint32_t, 8> add = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; ++i) h_[i] += add[i];
  }

  std::array<uint32_t, 8> h_;
  std::array<uint32_t, 64> k_;
};

struct Manifest {
  std::string input, output;  // names in the graph
};

// [check]
// Every file as long as the MANIFEST says, and with the same SHA-256.
Manifest check(const std::string& folder) {
  Manifest found;
  const std::string text = read_file(folder + "/MANIFEST");
  std::istringstream lines(text);
  std::string line, shape, first;
  std::getline(lines, first);
  std::getline(lines, shape);
  if (first != "dlcore-deployment 1") {
    refuse("this MANIFEST is of another kind");
  }
  if (text.size() < 5 || text.substr(text.size() - 5) != "\nend\n") {
    refuse("the MANIFEST is cut short");
  }
  if (shape != kShape) {
    refuse("expected a model of " + kShape + ", received " + shape);
  }
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string key, name, sha;
    words >> key;
    if (key == "names") words >> found.input >> found.output;
    if (key != "file") continue;
    size_t size = 0;
    words >> size >> sha >> name;
    const std::string data = read_file(folder + "/" + name);
    if (data.size() != size) {
      refuse(name + " has " + std::to_string(data.size()) +
             " bytes, expected " + std::to_string(size) + ": cut short?");
    }
    if (Sha256::hex(data) != sha) {
      refuse(name + " was changed: its SHA-256 differs");
    }
  }
  return found;
}
// [end check]

class Model {
 public:
  explicit Model(const std::string& folder) {
    const Manifest manifest = check(folder);
    TF_SessionOptions* options = TF_NewSessionOptions();
    const char* tags[] = {"serve"};
    session_ = TF_LoadSessionFromSavedModel(options, nullptr, folder.c_str(),
                                            tags, 1, graph_, nullptr, status_);
    TF_DeleteSessionOptions(options);
    ok();
    input_ = find(manifest.input);
    output_ = find(manifest.output);
    expect(input_, {-1, 28, 28, 1});
    expect(output_, {-1, kClasses});
  }

  ~Model() {
    if (session_) TF_DeleteSession(session_, status_);
    TF_DeleteGraph(graph_);
    TF_DeleteStatus(status_);
  }

  // [run]
  // images: count * 784 pixels. Returns count * 10 probabilities.
  std::vector<float> predict(const std::vector<float>& images) {
    const int64_t count = images.size() / kPixels;
    const int64_t shape[] = {count, 28, 28, 1};
    TF_Tensor* x = TF_AllocateTensor(TF_FLOAT, shape, 4, 4 * images.size());
    std::copy(images.begin(), images.end(),
              static_cast<float*>(TF_TensorData(x)));
    TF_Tensor* y = nullptr;
    TF_SessionRun(session_, nullptr, &input_, &x, 1, &output_, &y, 1,
                  nullptr, 0, nullptr, status_);
    TF_DeleteTensor(x);
    ok();
    const float* first = static_cast<float*>(TF_TensorData(y));
    std::vector<float> answer(first, first + count * kClasses);
    TF_DeleteTensor(y);
    return answer;
  }
  // [end run]

 private:
  void ok() const {
    if (TF_GetCode(status_) != TF_OK) refuse(TF_Message(status_));
  }

  // "name:0" in the graph.
  TF_Output find(const std::string& name) const {
    const size_t colon = name.rfind(':');
    TF_Operation* operation =
        TF_GraphOperationByName(graph_, name.substr(0, colon).c_str());
    if (!operation || colon == std::string::npos) {
      refuse("the graph has nothing named " + name);
    }
    return {operation, std::stoi(name.substr(colon + 1))};
  }

  // The MANIFEST could be wrong about the graph: ask the graph itself.
  void expect(TF_Output place, const std::vector<int64_t>& wanted) const {
    const int rank = TF_GraphGetTensorNumDims(graph_, place, status_);
    ok();
    std::vector<int64_t> shape(rank < 0 ? 0 : rank);
    TF_GraphGetTensorShape(graph_, place, shape.data(), rank, status_);
    ok();
    if (shape == wanted && TF_OperationOutputType(place) == TF_FLOAT) return;
    std::string text = "the graph is of another architecture: shape";
    for (int64_t n : shape) text += " " + std::to_string(n);
    refuse(text);
  }

  TF_Graph* graph_ = TF_NewGraph();
  TF_Status* status_ = TF_NewStatus();
  TF_Session* session_ = nullptr;
  TF_Output input_{}, output_{};
};

// [serve]
void serve(Model& model) {
  uint32_t count;
  while (fread(&count, sizeof count, 1, stdin) == 1) {
    if (count < 1 || count > kMostImages) refuse("expected 1 to 10000 images");
    std::vector<float> images(count * kPixels);
    if (fread(images.data(), sizeof(float), images.size(), stdin) !=
        images.size()) {
      refuse("the request is cut short");
    }
    const std::vector<float> answer = model.predict(images);
    fwrite(answer.data(), sizeof(float), answer.size(), stdout);
    fflush(stdout);
  }
}
// [end serve]

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count != 2) refuse("expected one argument, the model's folder");
    Model model(arguments[1]);
    serve(model);
  } catch (const std::exception& error) {
    std::cerr << "refused: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
