#include "runtime/events/reader.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <numeric>
#include <sstream>

#include "ir/error.h"
#include "test/support/recordings.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::aedat4_bytes;
using test::Aedat4Options;
using test::Events;

const Events kEvents = {{5, 0, 0, true},
                        {5, 33, 12, false},
                        {900, 1, 33, false},
                        {901, 7, 7, true}};

constexpr auto kAedat2 = "#!AER-DAT2.0\r\n# This is a raw AE data file\r\n";
constexpr auto kDat = "% Data file containing CD events\n% Version 2\n";

Events read_all(EventReader reader) {
  Events events;
  while (reader.read(events, 3) == 3) {
  }
  return events;
}

Events read_all(const std::string& bytes,
                std::optional<EventFormat> format = {}) {
  std::istringstream stream(bytes);
  return read_all(open_events(stream, "recording", format));
}

void check_fails(const std::string& bytes, const std::string& text,
                 std::optional<EventFormat> format = {}) {
  CHECK_THROWS_WITH(read_all(bytes, format),
                    Contains("recording: byte ") && Contains(text));
}

Events at_times(const std::vector<int64_t>& times) {
  Events events;
  for (int64_t time : times) events.push_back({time, 1, 2, true});
  return events;
}

// ---- What is read

TEST_CASE("events of every format are read as they were written") {
  CHECK(read_all(test::nmnist_bytes(kEvents), EventFormat::nmnist) == kEvents);
  CHECK(read_all(test::dat_bytes(kEvents, kDat)) == kEvents);
  CHECK(read_all(test::text_lines(kEvents)) == kEvents);
  CHECK(read_all(test::dvs128_bytes(kEvents, kAedat2)) == kEvents);
  CHECK(read_all(test::davis_bytes(
            kEvents, kAedat2 + std::string("# AEChip: a.b.Davis346red\r\n"))) ==
        kEvents);
  CHECK(read_all(test::aedat3_header() + test::aedat3_packet(kEvents)) ==
        kEvents);
  CHECK(read_all(aedat4_bytes({kEvents})) == kEvents);
}

TEST_CASE("a format is recognised by the first bytes, N-MNIST by its name") {
  auto recognised = [](const std::string& bytes) {
    std::istringstream stream(bytes);
    return open_events(stream, "recording").format();
  };
  CHECK(recognised(kAedat2) == EventFormat::aedat2);
  CHECK(recognised(test::aedat3_header()) == EventFormat::aedat3);
  CHECK(recognised(aedat4_bytes({})) == EventFormat::aedat4);
  CHECK(recognised(test::dat_bytes({}, kDat)) == EventFormat::dat);
  CHECK(recognised("#!/comment\n1 2 3 0\n") == EventFormat::text);
  CHECK(recognised("") == EventFormat::text);
  test::TemporaryFolder folder;
  std::string path = folder.write("a.bin", test::nmnist_bytes(kEvents));
  CHECK(open_events(path).format() == EventFormat::nmnist);
  CHECK(read_all(open_events(path)) == kEvents);
}

TEST_CASE("an event is there as soon as its bytes are") {
  std::stringstream pipe;
  pipe << "# t x y p\n10 1 2 1\n";
  EventReader reader = open_events(pipe, "pipe");
  Event event;
  REQUIRE(reader.next(event));
  CHECK(event == Event{10, 1, 2, true});
  pipe << "20 3 4 0\n";
  REQUIRE(reader.next(event));
  CHECK(event == Event{20, 3, 4, false});
  CHECK_FALSE(reader.next(event));
}

TEST_CASE("the size of the sensor comes from the header") {
  auto sensor = [](const std::string& bytes) {
    std::istringstream stream(bytes);
    return open_events(stream, "recording").sensor();
  };
  CHECK(sensor(kAedat2) == SensorSize{128, 128});
  CHECK(sensor(kAedat2 + std::string("# AEChip: x.Davis240C\n")) ==
        SensorSize{240, 180});
  CHECK(sensor(test::aedat3_header("DAVIS346")) == SensorSize{346, 260});
  CHECK_FALSE(sensor(test::aedat3_header("Network")));
  CHECK(sensor(aedat4_bytes({})) == SensorSize{346, 260});
  CHECK(sensor(test::dat_bytes({}, kDat + std::string("% Width 640\n"
                                                      "% Height 480\n"))) ==
        SensorSize{640, 480});
  CHECK_FALSE(sensor(test::dat_bytes({}, kDat)));
  CHECK_FALSE(sensor("1 2 3 0\n"));
}

TEST_CASE("text may have comments, commas and Windows line ends") {
  CHECK(read_all("# a comment\n\n 5,0,0,1\r\n5\t33 12 0 # off\n"
                 "900 1 33 0\n901 7 7 1") == kEvents);
}

TEST_CASE("packets of AEDAT 4 may be plain or compressed, others lie between") {
  std::vector<Events> packets = {kEvents, {}, at_times({1000, 1001})};
  Events all = kEvents;
  all.insert(all.end(), packets[2].begin(), packets[2].end());
  int compression = GENERATE(0, 1, 2, 3, 4);
  CHECK(read_all(aedat4_bytes(packets, {.compression = compression})) == all);
  CHECK(read_all(aedat4_bytes(packets, {.compression = compression,
                                        .with_table = true,
                                        .with_others = true})) == all);
}

TEST_CASE("packets of AEDAT 3 of another kind and invalid events are passed") {
  std::string other = test::aedat3_packet(at_times({1, 2}), 0, 3);
  std::string invalid = test::aedat3_packet(at_times({6}));
  invalid[28] = static_cast<char>(invalid[28] & ~1);
  CHECK(read_all(test::aedat3_header() + other + invalid +
                 test::aedat3_packet(kEvents)) == kEvents);
}

TEST_CASE("samples and external events of AEDAT 2 are passed over") {
  std::string sample = std::string("\x80\0\x18\0\0\0\0\1", 8);
  std::string external = std::string("\0\0\4\0\0\0\0\1", 8);
  std::string header = kAedat2 + std::string("# AEChip: a.Davis346\r\n");
  CHECK(read_all(test::davis_bytes(kEvents, header + sample + external)) ==
        kEvents);
  std::string trigger = std::string("\0\0\x80\0\0\0\0\1", 8);
  CHECK(read_all(test::dvs128_bytes(kEvents, kAedat2 + trigger)) == kEvents);
}

TEST_CASE("an event of AEDAT 2 may begin with the sign of a comment") {
  Events events = {{1, 50, 141, true}};  // 141 << 22 begins with '#'
  std::string bytes = test::davis_bytes(
      events, kAedat2 + std::string("# AEChip: a.Davis346\r\n#\r\n"));
  CHECK(bytes[bytes.size() - 8] == '#');
  CHECK(read_all(bytes) == events);
}

// ---- Time

TEST_CASE("clocks of 32 bits that start again are continued") {
  Events written = at_times({0xfffffff0, 0x100000005, 0x180000000});
  CHECK(read_all(test::dvs128_bytes(written, kAedat2)) == written);
  CHECK(read_all(test::dat_bytes(written, kDat)) == written);
}

TEST_CASE("overflows of AEDAT 3 and of N-MNIST are added") {
  std::string packets = test::aedat3_packet(at_times({0x7fffffff})) +
                        test::aedat3_packet(at_times({1}), 2);
  CHECK(read_all(test::aedat3_header() + packets) ==
        at_times({0x7fffffff, 0x100000001}));
  std::string bytes = test::nmnist_bytes(
      {{8000, 1, 2, true}, {8100, 0, 240, false}, {10, 1, 2, true}});
  CHECK(read_all(bytes, EventFormat::nmnist) == at_times({8000, 8202}));
}

TEST_CASE("times that go back are refused in every format") {
  Events back = at_times({20, 30, 29});
  std::string text = "expected times that do not go back, found 29 behind 30";
  check_fails(test::nmnist_bytes(back), text, EventFormat::nmnist);
  check_fails(test::dat_bytes(back, kDat), text);
  check_fails(test::text_lines(back), text);
  check_fails(test::dvs128_bytes(back, kAedat2), text);
  check_fails(test::aedat3_header() + test::aedat3_packet(back), text);
  check_fails(aedat4_bytes({back}), text);
}

// ---- What is refused

TEST_CASE("a recording that ends within an event names the byte") {
  auto cut = [](std::string bytes) {
    bytes.pop_back();
    return bytes;
  };
  check_fails(cut(test::nmnist_bytes(kEvents)),
              "byte 15: expected 5 bytes, found the end after 4",
              EventFormat::nmnist);
  check_fails(cut(test::dat_bytes(kEvents, kDat)), "found the end after 7");
  check_fails(cut(test::dvs128_bytes(kEvents, kAedat2)), "the end after 7");
  check_fails(cut(test::aedat3_header() + test::aedat3_packet(kEvents)),
              "found the end after 7");
  std::string packet = test::aedat3_packet(kEvents);
  check_fails(test::aedat3_header() + packet.substr(0, packet.size() - 8),
              "expected 1 events more in the packet, found the end");
  check_fails(cut(aedat4_bytes({kEvents})), "expected 1 bytes more");
  std::string table = aedat4_bytes({kEvents}, {.with_table = true});
  size_t end_of_packets = table.find("a table of packets");
  check_fails(table.substr(0, end_of_packets - 1), "expected 1 bytes more");
  check_fails(aedat4_bytes({}, {.with_table = true}).substr(0, 300),
              "found the end");
}

TEST_CASE("lines that are no events are refused") {
  check_fails("1 2 3 0\nhello\n", "byte 8: expected a time");
  check_fails("1 2 3\n", "expected a polarity from 0 to 1");
  check_fails("1 2 3 2\n", "found '2'");
  check_fails("1 2 3 0 4\n", "expected `t x y p`, found '4' behind it");
  check_fails("1 -2 3 0\n", "expected x from 0 to 32767");
  check_fails("1 2 3.5 0\n", "expected y from 0 to 32767");
  check_fails("99999999999999999999 2 3 0\n", "expected a time");
  check_fails(std::string(70000, '#'), "expected a line of at most 65536");
}

TEST_CASE("headers of other versions and kinds are refused") {
  check_fails("#!AER-DAT1.0\r\n", "AEDAT version 2.0, 3.1 or 4.0, found '1.0'");
  check_fails(kAedat2 + std::string("# AEChip: a.Das1\r\n"),
              "expected the chip DVS128 or one of the DAVIS family");
  check_fails("#!AER-DAT3.1\r\n#Format: PNGFrames\r\n", "'#Format: RAW'");
  check_fails("#!AER-DAT3.1\r\n#Format: RAW\r\n", "ends within the header");
  check_fails("#!AER-DAT3.1\r\nabc", "expected a header line");
  check_fails("% Version 1\n", "version 2, found 1");
  check_fails("% Data\n", "version 2, found none");
  check_fails("% Version 2\n% Width 0\n", "number from 1 to 16384");
  check_fails("% Version 2\n\x0e\x08", "found type 14 and size 8");
  check_fails("% Version 2\n", "expected the type of events, found the end");
  check_fails("#!AER-DAT4.0\r\n", "expected a header, found the end");
  check_fails("#!AER-DAT4.0\r\n\xff\xff\xff\xff", "at most 2^24 bytes");
}

TEST_CASE("events outside of their sensor are refused") {
  check_fails(aedat4_bytes({{{1, 20, 30, true}}}, {.sensor = {20, 31}}),
              "a pixel of the sensor of 20 x 31, found (20, 30)");
  check_fails(aedat4_bytes({{{1, -1, 30, true}}}), "found (-1, 30)");
  check_fails(test::dvs128_bytes({{1, 0, 256, true}}, kAedat2),
              "expected an address of a DVS128");
}

TEST_CASE("damaged packets of AEDAT 4 are refused") {
  std::string packed = aedat4_bytes({kEvents}, {.compression = 1});
  packed.at(packed.find("\x04\x22\x4d\x18")) = 'X';
  check_fails(packed, "damaged LZ4 data");
  packed = aedat4_bytes({kEvents}, {.compression = 3});
  packed.at(packed.find("\x28\xb5\x2f\xfd")) = 'X';
  check_fails(packed, "damaged ZSTD data");
  std::string plain = aedat4_bytes({kEvents});
  plain.at(plain.rfind("EVTS")) = 'X';
  check_fails(plain, "EVTS: expected this identifier");
  std::string size = aedat4_bytes({});
  check_fails(size + test::little_endian_bytes(uint64_t{1} << 59, 8),
              "a packet of at most 2^26 bytes");
  check_fails(size + test::little_endian_bytes(0, 8),
              "the size that it states");
}

TEST_CASE("what decompresses to more than a packet may hold is refused") {
  Events many(3'000'000);
  CHECK(read_all(aedat4_bytes({many}, {.compression = 3})).size() == 3'000'000);
  many.resize(4'300'000);
  check_fails(aedat4_bytes({many}, {.compression = 3}), "found more");
}

TEST_CASE("missing files, folders and long files are refused by name") {
  test::TemporaryFolder folder;
  CHECK_THROWS_WITH(open_events("/no/such.aedat"),
                    "/no/such.aedat: no such file");
  CHECK_THROWS_WITH(open_events(folder.path()), Contains("cannot be opened"));
  std::string path = folder.write("a.bin", test::nmnist_bytes(kEvents));
  CHECK(read_events(path, 4) == kEvents);
  CHECK_THROWS_WITH(read_events(path, 3), Contains("at most 3 events"));
}

// ---- Recordings of real sensors

// Where they are, or empty: said aloud.
std::string samples() {
  const char* named = std::getenv("NCC_EVENT_SAMPLES");
  std::string folder =
      named ? named : std::string(NCC_SOURCE_DIR) + "/../shared/data/events";
  if (std::filesystem::exists(folder)) return folder + "/";
  WARN("SKIPPED: no sample recordings in " + folder);
  return "";
}

// Sums over all events of t - t[0], x, y and p.
std::vector<int64_t> sums(const Events& events) {
  std::vector<int64_t> sum(4);
  for (const Event& each : events) {
    sum[0] += each.microseconds - events.front().microseconds;
    sum[1] += each.x;
    sum[2] += each.y;
    sum[3] += each.polarity;
  }
  return sum;
}

using Sums = std::vector<int64_t>;

// The numbers are those of the PyPI package aedat 2.3.0.
TEST_CASE("AEDAT 4 of DV is read as other programs read it") {
  std::string folder = samples();
  if (folder.empty()) return;
  Events davis = read_all(open_events(folder + "aestream_davis.aedat4"));
  REQUIRE(davis.size() == 117667);
  CHECK(davis.front() == Event{1633953690975950, 218, 15, true});
  CHECK(davis.back() == Event{1633953691105949, 137, 56, false});
  CHECK(sums(davis) == Sums{7327758848, 17676033, 10498046, 72363});
  EventReader reader = open_events(folder + "tonic_sample.aedat4");
  CHECK(reader.sensor() == SensorSize{320, 240});
  Events dvs = read_all(std::move(reader));
  REQUIRE(dvs.size() == 111954);
  CHECK(dvs.front() == Event{1605537493718345, 154, 204, false});
  CHECK(dvs.back() == Event{1605537494308262, 88, 237, true});
  CHECK(sums(dvs) == Sums{31685685498, 18342405, 15105898, 55023});
}

// The numbers are those of a few lines of NumPy.
TEST_CASE("N-MNIST, N-Cars and a header of jAER are read") {
  std::string folder = samples();
  if (folder.empty()) return;
  Events digit = read_all(open_events(folder + "tonic_sample_nmnist.bin"));
  REQUIRE(digit.size() == 4325);
  CHECK(digit.front() == Event{654, 7, 15, true});
  CHECK(digit.back() == Event{311175, 21, 14, true});
  CHECK(sums(digit) == Sums{687658855, 74457, 71931, 2145});
  Events car = read_all(open_events(folder + "tonic_sample_ncars.dat"));
  REQUIRE(car.size() == 2009);
  CHECK(car.front() == Event{0, 25, 8, false});
  CHECK(car.back() == Event{99952, 75, 28, true});
  CHECK(sums(car) == Sums{98196680, 93457, 40463, 1350});
  EventReader header = open_events(folder + "tonic_sample_aedat_header.aedat");
  CHECK(header.format() == EventFormat::aedat2);
  CHECK(header.sensor() == SensorSize{346, 260});
  CHECK(read_all(std::move(header)).empty());
}

}  // namespace
}  // namespace nc
