import DurableFiles
import Glibc
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit

@testable import WharfCommand

@Suite struct TokenFileTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private var path: String { directory.path + "/tokens" }
    private var file: TokenFile { TokenFile(path: path) }

    private func entry(_ principal: String, _ number: UInt64, isOperator: Bool = false) -> TokenTable.Entry {
        var random = SeededRandom(seed: number)
        return TokenTable.Entry(
            principal: Principal(principal), digest: Token(using: &random).digest, isOperator: isOperator)
    }

    private func write(_ text: String) throws {
        let files = POSIXFileSystem(root: directory.path)
        let file = try files.open("tokens", .readWriteCreating)
        defer { files.close(file) }
        try files.truncate(file, to: 0)
        try Array(text.utf8).withUnsafeBytes { try files.write(file, $0, at: 0) }
    }

    private func text() throws -> String {
        let files = POSIXFileSystem(root: directory.path)
        let file = try files.open("tokens", .read)
        defer { files.close(file) }
        return String(decoding: try files.readAll(file, atMost: 1 << 20), as: UTF8.self)
    }

    @Test func `an added token is read back from a file readable by its owner only`() throws {
        let entries = [entry("anna", 1), entry("ben", 2, isOperator: true), entry("anna", 3)]
        for entry in entries { try file.add(entry) }
        #expect(try file.read().entries == entries)
        #expect(try FileStatus(path: path).permissions.mode == 0o600)
    }

    private func permissions() throws -> FilePermissions { try FileStatus(path: path).permissions }

    @Test(arguments: [(0o600, 0o600), (0o640, 0o640), (0o644, 0o640), (0o400, 0o600)] as [(UInt32, UInt32)])
    func `a group that may read the file may still do so after a change, and others may not`(
        old: UInt32, new: UInt32
    ) throws {
        try write(entry("anna", 1).line + "\n")
        try #require(chmod(path, old) == 0)
        try file.add(entry("ben", 2))
        #expect(try permissions().mode == new)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `root leaves the file to its owner`() throws {
        try write(entry("anna", 1).line + "\n")
        try #require(chown(path, 4711, 4712) == 0 && chmod(path, 0o640) == 0)
        try file.add(entry("ben", 2))
        #expect(try permissions() == FilePermissions(user: 4711, group: 4712, mode: 0o640))
    }

    @Test func `nothing that another user could prepare is followed or overwritten`() throws {
        let secret = directory.path + "/secret"
        try TestFiles.write([1, 2, 3], to: secret)
        // The name of earlier releases.
        try #require(symlink("secret", directory.path + "/.tokens.new") == 0)
        try file.add(entry("anna", 1))
        try #require(unlink(directory.path + "/.tokens.lock") == 0)
        try #require(symlink("created", directory.path + "/.tokens.lock") == 0)
        #expect(throws: TokenFileError.self) { try file.add(entry("ben", 2)) }
        try #require(unlink(directory.path + "/.tokens.lock") == 0)
        try #require(unlink(path) == 0)
        try #require(symlink("secret", path) == 0)
        let error = #expect(throws: TokenFileError.self) { try file.add(entry("ben", 2)) }
        #expect(error?.description.contains("symbolic link") == true)
        #expect(TestFiles.read(secret) == [1, 2, 3])
        #expect(TestFiles.read(directory.path + "/created") == nil)
    }

    @Test func `a server reads the file through a link, and refuses one that others may write to`() throws {
        let entry = entry("anna", 1)
        try file.add(entry)
        try #require(symlink("tokens", directory.path + "/link") == 0)
        #expect(try TokenFile(path: directory.path + "/link").read().entries == [entry])
        for mode in [0o620, 0o602] as [UInt32] {
            try #require(chmod(path, mode) == 0)
            let error = #expect(throws: TokenFileError.self) { try file.read() }
            #expect(error?.description.contains("other users may write to it") == true)
            #expect(try file.entries() == [entry])
        }
    }

    @Test func `a change keeps all other lines`() throws {
        let (anna, ben) = (entry("anna", 1), entry("ben", 2))
        try write("# ours\n\n  \(anna.line)  \n\(ben.line)\n# end")
        #expect(try file.remove { $0.principal.name == "ben" } == [ben])
        try file.add(entry("cleo", 3))
        #expect(try text() == "# ours\n\n  \(anna.line)  \n# end\n\(entry("cleo", 3).line)\n")
    }

    @Test func `removing nothing leaves the file unchanged, and a missing file is an error`() throws {
        #expect(throws: TokenFileError.self) { try file.read() }
        #expect(throws: TokenFileError.self) { try file.remove { _ in true } }
        try write("# only this")
        #expect(try file.remove { _ in true } == [])
        #expect(try text() == "# only this")
    }

    @Test func `an invalid token file is not changed, and the line is reported`() throws {
        let broken = "anna sha256:12\n"
        try write(broken)
        let error = #expect(throws: TokenFileError.self) { try file.add(entry("ben", 1)) }
        #expect(error?.description.hasPrefix("\(path): line 1 ") == true)
        #expect(try text() == broken)
    }

    @Test func `the same token is not added twice`() throws {
        try file.add(entry("anna", 1))
        #expect(throws: TokenFileError.self) { try file.add(entry("ben", 1)) }
        #expect(try file.read().entries.count == 1)
    }

    @Test func `tokens are read from a pipe, which is not changed`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        #expect(writeAll(Array((entry("anna", 1).line + "\n").utf8), to: ends[1]) == 0)
        close(ends[1])
        #expect(try TokenFile(path: "/proc/self/fd/\(ends[0])").read().entries == [entry("anna", 1)])
        try #require(mkfifo(path, 0o600) == 0)
        let error = #expect(throws: TokenFileError.self) { try file.add(entry("anna", 1)) }
        #expect(error?.description == "\(path): it is no regular file")
    }

    @Test func `two changes at the same time do not lose each other`() throws {
        let files = POSIXFileSystem(root: directory.path)
        let lock = try files.lock(".tokens.lock")
        let error = #expect(throws: TokenFileError.self) { try file.add(entry("anna", 1)) }
        #expect(error?.description.contains("another") == true)
        files.close(lock)
        try file.add(entry("anna", 1))
    }

    @Test func `a token encodes 256 bits, and a server accepts it by its hash`() throws {
        var random = SeededRandom(seed: 7)
        let tokens = (0..<100).map { _ in Token(using: &random) }
        #expect(Set(tokens.map(\.text)).count == 100)
        for token in tokens {
            #expect(token.text.wholeMatch(of: #/wharf_[A-Za-z0-9_\-]{43}/#) != nil)
            #expect(token.digest == Digest(of: Array(token.text.utf8)))
        }
    }
}
