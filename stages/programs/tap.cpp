// tap: standard input to standard output, and what passes into memory for whoever looks.

#include <cstddef>
#include <string_view>

#include "stages/flow/jobs.hpp"
#include "stages/flow/pass_on.hpp"
#include "stages/flow/readers.hpp"
#include "stages/tapping/tap_ring.hpp"

namespace pipectl::helper {

namespace {

class Tapped final : public Onlooker {
  public:
    explicit Tapped(int ring) : ring_(ring, true) {}
    bool wants_bytes() override { return ring_.is_watched(); }
    void see(std::string_view bytes) override { ring_.add(bytes); }
    void miss(std::size_t bytes) override { ring_.skip(bytes); }
    void end() { ring_.end(); }

  private:
    TapRing ring_;
};

}  // namespace

int run(const job::Tap& what) {
    watch_readers();
    Tapped tapped(what.ring);
    const PassOn::End end = PassOn(tapped).run();
    tapped.end();
    if (end == PassOn::End::left) end_without_readers();
    if (end == PassOn::End::signalled) PassOn::die_of_signal();
    return 0;
}

}  // namespace pipectl::helper
