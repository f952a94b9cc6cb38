import NativeWire
import SessionCore
import Testing

@testable import WharfCommand

@Suite struct ListRowTests {
    private let id = String(repeating: "0f", count: 16)
    private let time = WireTime(Timestamp(milliseconds: 1_700_000_000_000))

    private func file(_ name: String, size: UInt64 = 12_345_678) -> ListRow {
        ListRow(
            BlobDocument(
                blob: id, capsule: "c", size: size, sha256: nil, name: name, type: "image/jpeg", chunkSize: nil,
                chunkCount: nil, createdAt: time))
    }

    private var date: String { LocalTime.text(time.timestamp, withTimeOfDay: false) }

    @Test(arguments: [20, 30, 40, 59, 60, 80, 99, 100, 200])
    func `a line fits the terminal, whatever the name`(_ columns: Int) {
        for name in ["a.jpg", String(repeating: "long ", count: 100), String(repeating: "日本語", count: 50)] {
            let line = file(name).text(columns: columns)
            // The size and the date need 22 columns.
            #expect(TerminalText.columns(of: line) <= max(columns, 23), "\(line)")
            #expect(line.contains("11.7 MiB  " + date))
            #expect(line.contains(id) == (columns >= 100))
        }
        #expect(file("a.jpg").text(columns: 40) == "11.7 MiB  \(date)  a.jpg")
    }

    @Test func `capsules and memories fit a narrow terminal, by their titles`() {
        let long = String(repeating: "Wochenende am See 🌊 ", count: 5)
        for (title, start) in [("Summer", "Summer  anna"), ("", id + "  "), (long, "Wochenende am See")] {
            let capsule = CapsuleDocument(
                id: id, title: title, owner: "anna", writers: [], readers: [], createdAt: time)
            let line = CapsuleCommand.line(capsule, columns: 40)
            #expect(TerminalText.columns(of: line) <= 40 && line.hasPrefix(start))
            #expect(CapsuleCommand.line(capsule, columns: 120) == "\(id)  anna  \(title)")
            #expect(CapsuleCommand.line(capsule) == CapsuleCommand.line(capsule, columns: 120))
        }
    }

    @Test func `lines are aligned`() {
        let lines = [UInt64(0), 999, 1023, 1 << 20, 123 << 30].map { file("x", size: $0).text(columns: nil) }
        #expect(Set(lines.map(\.count)).count == 1)
        #expect(lines[0].hasPrefix(id + "       0 B  " + date))
    }

    @Test func `other programs, and the long form, get everything`() {
        let name = String(repeating: "x", count: 300)
        #expect(file(name).text(columns: nil).hasSuffix("  " + name))
        #expect(file(name).longText == "\(id)        12345678  2023-11-14T22:13:20.000Z  image/jpeg  \(name)")
        #expect(!file("a\u{1B}[2J").text(columns: nil).contains("\u{1B}"))
    }

    @Test func `an unfinished upload says how far it is, and until when it can be resumed`() {
        var upload = UploadDocument(
            id: id, state: .pending, capsule: "c", owner: "ben", name: "half", type: "t", length: 5000, chunkSize: nil,
            chunkCount: nil, receivedBytes: 1000, received: [], missing: [], createdAt: time, expiresAt: time,
            blob: nil, sha256: nil)
        let until = LocalTime.text(time.timestamp)
        #expect(
            ListRow(upload, showsOwner: false).text(columns: nil)
                .hasSuffix("half  (pending, 1000 B of 4.8 KiB, until \(until))"))
        #expect(
            ListRow(upload, showsOwner: true).text(columns: nil)
                .hasSuffix("half  (of ben, pending, 1000 B of 4.8 KiB, until \(until))"))
        upload.state = .aborted
        upload.length = nil
        #expect(ListRow(upload, showsOwner: false).text(columns: nil).hasSuffix("       ?  \(until)  half  (aborted)"))
        upload.state = .committed
        upload.blob = "blob"
        #expect(ListRow(upload, showsOwner: false).text(columns: nil).hasSuffix("  half"))
    }
}
