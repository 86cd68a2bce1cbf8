// record: standard input to standard output, and every byte of it into a recording.
//
// A reader that waits for us waits for the disk too: nothing is left out. What was recorded may be
// more than the reader took: by as much as a pipe holds.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stages/flow/jobs.hpp"
#include "stages/flow/pass_on.hpp"
#include "stages/flow/readers.hpp"
#include "stages/recording/writer.hpp"

namespace pipectl::helper {

namespace {

class Recorder final : public Onlooker {
  public:
    explicit Recorder(const job::Record& what)
        : edge_(static_cast<std::uint32_t>(what.edge)), recording_(what.file) {}

    bool wants_bytes() override { return true; }
    void see(std::string_view bytes) override {
        if (!bytes.empty()) recording_.append({recording::Sort::data, edge_, passed_, 0}, bytes);
        passed_ += bytes.size();
    }
    void miss(std::size_t bytes) override { passed_ += bytes; }  // and there is a gap

    void end(recording::Sort how) { recording_.append({how, edge_, passed_, 0}, {}); }

  private:
    std::uint32_t edge_;
    recording::Writer recording_;
    std::uint64_t passed_ = 0;
};

}  // namespace

int run(const job::Record& what) {
    watch_readers();
    Recorder recorder(what);
    switch (PassOn(recorder).run()) {
        case PassOn::End::ended: recorder.end(recording::Sort::ended); break;
        case PassOn::End::left: recorder.end(recording::Sort::left); end_without_readers();
        case PassOn::End::signalled:
            recorder.end(recording::Sort::cancelled);
            PassOn::die_of_signal();
    }
    return 0;
}

}  // namespace pipectl::helper
