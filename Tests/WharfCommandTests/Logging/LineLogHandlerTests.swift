import Logging
import SessionCore
import Synchronization
import Testing

@testable import WharfCommand

@Suite struct LineLogHandlerTests {
    private final class Lines: Sendable {
        private let state = Mutex<[String]>([])
        var all: [String] { state.withLock { $0 } }
        func write(_ line: String) { state.withLock { $0.append(line) } }
    }

    private let lines = Lines()

    private func logger(_ format: LogFormat, _ level: Logger.Level = .info) -> Logger {
        Logger(label: "wharf") { _ in
            LineLogHandler(
                format: format, level: SharedLogLevel(level), now: { Timestamp(milliseconds: 1_700_000_000_123) },
                write: { [lines] line in lines.write(line) })
        }
    }

    @Test func `a text line has time, level, message and sorted metadata`() {
        logger(.text).info("listening on http://localhost:1", metadata: ["b": "two words", "a": "\(7)"])
        #expect(
            lines.all == [
                #"time=2023-11-14T22:13:20.123Z level=info msg="listening on http://localhost:1" a=7 b="two words""#
            ])
    }

    @Test func `a JSON line keeps numbers and nesting`() {
        logger(.json).warning(
            "odd",
            metadata: [
                "count": .stringConvertible(7), "ids": ["a", "b"], "more": ["x": "y"], "ok": .stringConvertible(true),
            ])
        #expect(
            lines.all == [
                #"{"time":"2023-11-14T22:13:20.123Z","level":"warning","msg":"odd","#
                    + #""count":7,"ids":["a","b"],"more":{"x":"y"},"ok":true}"#
            ])
    }

    @Test(arguments: [LogFormat.text, .json])
    func `logged values cannot inject lines or control sequences`(_ format: LogFormat) {
        let hostile = "a\nlevel=error\r\u{1b}[2J\u{2028}\u{202e}\"\\\u{9b}"
        logger(format).info("\(hostile)", metadata: ["k=\n \(hostile)": "\(hostile)", "list": ["\(hostile)"]])
        #expect(lines.all.count == 1)
        let line = lines.all.first ?? ""
        for scalar in ["\n", "\r", "\u{1b}", "\u{2028}", "\u{202e}", "\u{9b}"] as [Unicode.Scalar] {
            #expect(!line.unicodeScalars.contains(scalar))
        }
        #expect(line.contains(#"\u001b"#))
    }

    @Test(arguments: [LogFormat.text, .json])
    func `values under names of secrets are redacted`(_ format: LogFormat) {
        var logger = logger(format)
        logger[metadataKey: "Authorization"] = "Bearer hush"
        logger.info("x", metadata: ["access_token": "hush", "headers": ["Cookie": "hush"], "level": "hidden"])
        #expect(lines.all.first?.contains("hush") == false)
        #expect(lines.all.first?.contains("[redacted]") == true)
        #expect(lines.all.first?.contains("_level") == true)
    }

    @Test func `events below the level are dropped, and inner metadata overrides`() {
        var logger = logger(.text, .notice)
        logger[metadataKey: "upload"] = "outer"
        logger.info("no")
        logger.notice("yes", metadata: ["upload": "inner"])
        #expect(lines.all.map { $0.hasSuffix("level=notice msg=yes upload=inner") } == [true])
    }
}
