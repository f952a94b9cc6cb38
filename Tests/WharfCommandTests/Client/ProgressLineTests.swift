import Testing
import UploadClient

@testable import WharfCommand

@Suite struct ProgressLineTests {
    private func line(
        _ name: String = "photo.jpg", done: UInt64 = 512 << 10, inFlight: UInt64 = 0, total: UInt64? = 1 << 20
    ) -> ProgressLine {
        ProgressLine(
            name: name, progress: TransferProgress(doneBytes: done, inFlightBytes: inFlight, totalBytes: total),
            bytesPerSecond: 100 << 10, secondsLeft: 5)
    }

    @Test func `a line for a log has no bar`() {
        #expect(line().plain == "photo.jpg   50 %  512 KiB of 1.0 MiB  100 KiB/s  0:05 left")
    }

    @Test func `a line for a terminal has a bar`() {
        let text = line().bar(columns: 80)
        #expect(text == "photo.jpg  [########---------]   50 %  512 KiB of 1.0 MiB  100 KiB/s  0:05 left")
    }

    @Test func `a stream of unknown length has no per cent`() {
        #expect(line("stdin", total: nil).plain == "stdin  512 KiB  100 KiB/s  0:05 left")
        #expect(line("stdin", total: nil).bar(columns: 80) == "stdin  512 KiB  100 KiB/s  0:05 left")
    }

    @Test func `a hundred per cent means complete`() {
        #expect(line(done: (1 << 20) - 1).percent == 99)
        #expect(line(done: 1 << 20).percent == 100)
        #expect(line(done: 1 << 20, inFlight: 99).percent == 100)
        #expect(line(done: 0, total: 0).percent == 100)
    }

    @Test(arguments: 0...200) func `no line is wider than the terminal`(_ columns: Int) {
        for name in ["", "a", String(repeating: "long", count: 50), String(repeating: "写真🌊", count: 20)] {
            #expect(TerminalText.columns(of: line(name).bar(columns: columns)) <= max(0, columns - 1))
        }
    }

    @Test func `names cannot move the cursor`() {
        let name = "a\u{1B}[2Jb\r\nc\u{202E}d"
        let text = line(name).plain
        #expect(text.hasPrefix("a\u{FFFD}[2Jb\u{FFFD}\u{FFFD}c\u{FFFD}d "))
        #expect(line(name).bar(columns: 120).unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 0x202E })
    }

    private func batch(_ seconds: UInt64?) -> ProgressLine {
        ProgressLine(
            name: "1234 of 20000 files", shortName: "1234/20000",
            progress: TransferProgress(doneBytes: 12_900_000, totalBytes: 102_900_000), bytesPerSecond: 5 << 20,
            secondsLeft: seconds)
    }

    @Test func `files, bytes and the time left fit into 40 columns`() {
        #expect(batch(18).bar(columns: 40) == "1234/20000  12.3/98.1 MiB  0:18 left")
        #expect(batch(nil).bar(columns: 40) == "1234/20000  12.3/98.1 MiB")
    }

    @Test func `a narrower terminal gets the share instead of the bytes`() {
        #expect(batch(18).bar(columns: 32) == "1234/20000  12 %  0:18 left")
        #expect(batch(18).bar(columns: 20) == "1234/20000  12 %")
    }

    @Test func `the end of a long name stays on a narrow terminal`() {
        let text = line("holidays/2026/beach-and-dog.jpg").bar(columns: 40)
        #expect(text == "…nd-dog.jpg  512 KiB/1.0 MiB  0:05 left")
    }
}
