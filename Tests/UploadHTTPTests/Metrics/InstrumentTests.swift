import Testing

@testable import UploadHTTP

@Suite struct InstrumentTests {
    private func text(_ instrument: some Instrument) -> [String] {
        var text = Exposition()
        instrument.write("x", [], into: &text)
        return text.text.split(separator: "\n").map(String.init)
    }

    @Test func `a bucket includes its bound and all that is below it`() {
        let histogram = Histogram(.plain([1, 10]))
        for size in [0, 1, 2, 10, 11, 1000] as [UInt64] { histogram.record(size) }
        #expect(
            text(histogram) == [
                #"x_bucket{le="1"} 2"#, #"x_bucket{le="10"} 4"#, #"x_bucket{le="+Inf"} 6"#, "x_sum 1024", "x_count 6",
            ])
    }

    @Test func `times are recorded in nanoseconds and written in seconds`() {
        let histogram = Histogram(.seconds(microseconds: [50, 2_500, 1_000_000]))
        histogram.record(2_500_000)
        #expect(
            text(histogram) == [
                #"x_bucket{le="5e-05"} 0"#, #"x_bucket{le="0.0025"} 1"#, #"x_bucket{le="1"} 1"#,
                #"x_bucket{le="+Inf"} 1"#, "x_sum 0.0025", "x_count 1",
            ])
    }

    @Test func `statuses are counted by class, and what is none as none`() {
        let counter = StatusCounter()
        for status in [200, 204, 404, 503, 0, 999, -1] { counter.add(status) }
        #expect(
            text(counter) == [
                #"x{status="none"} 3"#, #"x{status="2xx"} 2"#, #"x{status="4xx"} 1"#, #"x{status="5xx"} 1"#,
            ])
    }

    @Test func `a value that is not in the set counts as other`() {
        let counters = LabelledInstruments("code", ["a", "b", "a"]) { Counter() }
        counters["a"].add()
        counters["zzz"].add(2)
        counters[nil].add()
        #expect(counters.all.map(\.label.value) == ["a", "b", "other"])
        #expect(counters.all.map(\.instrument.value) == [1, 0, 3])
    }

    @Test func `what is counted from many tasks at once is all there`() async {
        let (counter, gauge, histogram) = (Counter(), Gauge(), Histogram(.plain([5])))
        await withTaskGroup { group in
            for number in 0..<16 as Range<UInt64> {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.add()
                        gauge.add(2)
                        gauge.add(-1)
                        histogram.record(number)
                    }
                }
            }
        }
        #expect(counter.value == 16_000)
        #expect(gauge.value == 16_000)
        #expect(
            text(histogram) == [
                #"x_bucket{le="5"} 6000"#, #"x_bucket{le="+Inf"} 16000"#, "x_sum 120000", "x_count 16000",
            ])
    }

    @Test func `quotes, backslashes and line ends cannot break out of a label or a help text`() {
        var text = Exposition()
        text.family("x", .gauge, help: "a \"b\" \\ c\nd")
        text.sample("x", [Label("l", "a\"b\\c\nd"), Label("m", "ü")], "1")
        #expect(
            text.text == """
                # HELP x a "b" \\\\ c\\nd
                # TYPE x gauge
                x{l="a\\"b\\\\c\\nd",m="ü"} 1

                """)
    }
}
