// `retries`: which outcomes are followed by another attempt, and when.

#include "orchestrator/director/attempts.hpp"
#include "tests/support/catch.hpp"

using namespace pipectl;
using namespace std::chrono_literals;

namespace {

Director::Outcome failed() {
    Director::Outcome outcome;
    outcome.verdict = Verdict::failed;
    outcome.exit = 3;
    outcome.process = 0;
    return outcome;
}

Plan with_retries(int retries) {
    Plan plan;
    plan.retries = retries;
    return plan;
}

}  // namespace

TEST_CASE("an attempt that failed or timed out is followed by another, after pauses that double",
          "[R30]") {
    Attempts attempts(with_retries(3));
    CHECK(attempts.number() == 1);
    CHECK(attempts.after(failed()) == RunTime(1s));
    CHECK(attempts.after(failed()) == RunTime(2s));
    Director::Outcome late = failed();
    late.verdict = Verdict::timeout;
    CHECK(attempts.after(late) == RunTime(4s));
    CHECK(attempts.number() == 4);
    CHECK_FALSE(attempts.after(failed()));
}

TEST_CASE("what succeeded, was cancelled, was seen outside or is pipectl's own is not tried again",
          "[R30]") {
    Attempts attempts(with_retries(3));
    CHECK_FALSE(attempts.after({}));
    Director::Outcome cancelled = failed();
    cancelled.verdict = Verdict::cancelled;
    cancelled.signal = 15;
    CHECK_FALSE(attempts.after(cancelled));
    Director::Outcome own = failed();
    own.message = "cannot create a pipe";
    CHECK_FALSE(attempts.after(own));
    Director::Outcome seen = failed();
    seen.delivered = true;
    CHECK_FALSE(attempts.after(seen));
    CHECK_FALSE(Attempts(Plan()).after(failed()));
}
