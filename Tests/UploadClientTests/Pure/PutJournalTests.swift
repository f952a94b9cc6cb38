import DurableFiles
import Testing
import UploadClient
import UploadTestKit

@Suite struct PutJournalTests {
    private let directory: TemporaryDirectory
    private let server: ServerAddress

    init() throws {
        directory = try TemporaryDirectory()
        server = try ServerAddress("http://h")
    }

    private func journal(capsule: String? = nil) throws -> PutJournal {
        try PutJournal.open(in: directory.path + "/state", server: server, capsule: capsule)
    }

    private func entry(_ path: String, _ state: PutJournal.Entry.State = .begun(key: "k")) -> PutJournal.Entry {
        PutJournal.Entry(path: path, size: 7, modifiedNanoseconds: -5, state: state)
    }

    private var file: String {
        get throws { directory.path + "/state/" + (try #require(Fixture.names(in: directory.path + "/state").first)) }
    }

    @Test(arguments: ["/a", "/a b\tc\nd%41", "/ü\u{1B}", "%2Fcaf%E9"])
    func `entries are read as they were recorded, and the last one counts`(_ path: String) throws {
        let first = try journal()
        #expect(first.entry(path) == nil)
        try first.record([entry(path)])
        #expect(first.entry(path) == entry(path))
        #expect(try journal().entry(path) == entry(path))
        let done = entry(path, .done(blob: "b", sha256: "s"))
        try first.record([entry("/other"), done])
        #expect(try journal().entry(path) == done)
    }

    @Test func `servers and capsules have journals of their own`() throws {
        try journal().record([entry("/a")])
        #expect(try journal(capsule: "c").entry("/a") == nil)
        let other = try PutJournal.open(
            in: directory.path + "/state", server: try ServerAddress("http://i"), capsule: nil)
        #expect(other.entry("/a") == nil)
        for link in ["one", "two"] {
            let ofLink = try PutJournal.open(
                in: directory.path + "/state", server: server, capsule: nil, link: link)
            #expect(ofLink.entry("/a") == nil)
            try ofLink.record([entry("/a")])
        }
    }

    @Test func `a line that was cut, and unknown lines, are ignored, and later lines are read`() throws {
        try journal().record([entry("/a"), entry("/b")])
        let bytes = try #require(TestFiles.read(file))
        try TestFiles.write(Array("? x\n\n+\t/c\t1\n".utf8) + bytes.dropLast(10), to: file)
        let cut = try journal()
        #expect(cut.entry("/a") == entry("/a") && cut.entry("/b") == nil && cut.entry("/c") == nil)
        try cut.record([entry("/d")])
        #expect(try journal().entry("/d") == entry("/d"))
    }

    @Test func `superseded lines are dropped in the end`() throws {
        let first = try journal()
        for number in 0..<300 { try first.record([entry("/a", .begun(key: "\(number)"))]) }
        #expect(try journal().entry("/a") == entry("/a", .begun(key: "299")))
        #expect(try #require(TestFiles.read(file)).filter { $0 == UInt8(ascii: "\n") }.count == 1)
        // The first one still appends to the file of this name.
        try first.record([entry("/b")])
        #expect(try journal().entry("/b") == entry("/b"))
    }
}
