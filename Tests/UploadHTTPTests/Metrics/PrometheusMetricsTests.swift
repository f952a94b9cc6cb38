import CoreMetrics
import Testing
import UploadHTTP

@Suite struct PrometheusMetricsTests {
    private let prometheus = PrometheusMetrics()

    /// The lines of a family that the server does not declare.
    private func lines(_ name: String) -> [String] {
        prometheus.text().split(separator: "\n").filter { $0.hasPrefix(name) }.map(String.init)
    }

    @Test func `a bucket includes its bound and all values below it`() {
        let recorder = Recorder(label: "x", factory: prometheus)
        for size in [0, 1, 2, 4, 5, 1000] { recorder.record(size) }
        let lines = lines("x")
        #expect(lines.starts(with: [#"x_bucket{le="1"} 2"#, #"x_bucket{le="2"} 3"#, #"x_bucket{le="4"} 4"#]))
        #expect(lines.suffix(4) == [#"x_bucket{le="512"} 5"#, #"x_bucket{le="+Inf"} 6"#, "x_sum 1012", "x_count 6"])
    }

    @Test func `durations are recorded in nanoseconds and written in seconds`() {
        CoreMetrics.Timer(label: "x", factory: prometheus).recordNanoseconds(2_500_000)
        let lines = lines("x")
        #expect(lines.contains(#"x_bucket{le="0.001"} 0"#) && lines.contains(#"x_bucket{le="0.0025"} 1"#))
        #expect(lines.suffix(2) == ["x_sum 0.0025", "x_count 1"])
    }

    @Test func `the same label and dimensions are the same series`() {
        for _ in 0..<2 { Counter(label: "x", dimensions: [("a", "1")], factory: prometheus).increment() }
        Counter(label: "x", dimensions: [("a", "2")], factory: prometheus).increment(by: 5)
        #expect(lines("x") == [#"x{a="1"} 2"#, #"x{a="2"} 5"#])
    }

    @Test func `series with labels are written once they were used, others always`() {
        _ = Counter(label: "x", dimensions: [("a", "1")], factory: prometheus)
        _ = Counter(label: "y", factory: prometheus)
        #expect(lines("x") == [] && lines("y") == ["y 0"])
    }

    @Test func `values from many tasks at once are all counted`() async {
        let counter = Counter(label: "x", factory: prometheus)
        let meter = Meter(label: "y", factory: prometheus)
        let recorder = Recorder(label: "z", factory: prometheus)
        await withTaskGroup { group in
            for number in 0..<16 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.increment()
                        meter.increment(by: 2)
                        meter.decrement()
                        recorder.record(number)
                    }
                }
            }
        }
        #expect(lines("x") == ["x 16000"] && lines("y") == ["y 16000"])
        #expect(lines("z").suffix(2) == ["z_sum 120000", "z_count 16000"])
    }

    @Test func `quotes, backslashes and line ends cannot break out of a label`() {
        Counter(label: "x", dimensions: [("l", "a\"b\\c\nd"), ("m", "ü")], factory: prometheus).increment()
        #expect(lines("x") == [#"x{l="a\"b\\c\nd",m="ü"} 1"#])
    }
}
