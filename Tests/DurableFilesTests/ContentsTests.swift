import DurableFiles
import Glibc
import Testing
import UploadTestKit

/// Files that a user names: nothing that stands in the place of a file blocks.
@Suite struct ContentsTests {
    private let directory: TemporaryDirectory
    private let files: POSIXFileSystem

    init() throws {
        directory = try TemporaryDirectory()
        files = POSIXFileSystem(root: directory.path, links: .followed)
    }

    private func contents(
        _ name: String, atMost maximum: UInt64 = 10, _ pipes: POSIXFileSystem.Pipes = .read(withinMilliseconds: 0)
    ) -> Result<[UInt8], FileError> {
        Result { () throws(FileError) in try files.contents(of: name, atMost: maximum, pipes: pipes).bytes }
    }

    private func number(_ result: Result<[UInt8], FileError>) -> Int32? {
        guard case .failure(let error) = result else { return nil }
        return error.errno
    }

    @Test func `a file is read up to its limit`() throws {
        try TestFiles.write([1, 2, 3], to: directory.path + "/file")
        #expect(try contents("file", atMost: 3).get() == [1, 2, 3])
        #expect(number(contents("file", atMost: 2)) == EFBIG)
        #expect(try contents("file", .refused).get() == [1, 2, 3])
    }

    @Test func `a directory and a device are refused`() throws {
        #expect(number(contents("")) == EISDIR)
        let devices = POSIXFileSystem(root: "/dev", links: .followed)
        let error = #expect(throws: FileError.self) {
            try devices.contents(of: "zero", atMost: 10, pipes: .read(withinMilliseconds: 0))
        }
        #expect(error?.errno == ENOTSUP && error?.reason == "it is no regular file")
    }

    @Test func `a pipe that nobody writes to is given up in time, or refused`() throws {
        try #require(mkfifo(directory.path + "/pipe", 0o600) == 0)
        #expect(number(contents("pipe")) == ETIMEDOUT)
        #expect(number(contents("pipe", .refused)) == ENOTSUP)
    }

    @Test func `a pipe whose writer goes on is given up in time`() throws {
        let path = directory.path + "/pipe"
        try #require(mkfifo(path, 0o600) == 0)
        // Linux opens a pipe for both without waiting.
        let writer = open(path, O_RDWR | O_CLOEXEC)
        defer { close(writer) }
        #expect(writeAll([1], to: writer) == 0)
        #expect(number(contents("pipe")) == ETIMEDOUT)
    }

    @Test(arguments: [0, 10, 11]) func `a pipe of a shell is read to its end, up to the limit`(_ count: Int) throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let bytes = [UInt8](repeating: 7, count: count)
        #expect(writeAll(bytes, to: ends[1]) == 0)
        close(ends[1])
        // The path that `<(…)` gives to a command.
        let descriptors = POSIXFileSystem(root: "/proc/self/fd", links: .followed)
        let result = Result { () throws(FileError) in
            try descriptors.contents(of: "\(ends[0])", atMost: 10, pipes: .read(withinMilliseconds: 0)).bytes
        }
        switch count {
        // As one that was read before.
        case 0: #expect(number(result) == ENODATA)
        case ...10: #expect(try result.get() == bytes)
        default: #expect(number(result) == EFBIG)
        }
    }

    @Test func `a pipe has no version, since it can be read once`() throws {
        try #require(mkfifo(directory.path + "/pipe", 0o600) == 0)
        try TestFiles.write([1], to: directory.path + "/file")
        let versions = FileVersion.all(of: [directory.path + "/pipe", directory.path + "/file"])
        #expect(versions[0] == nil && versions[1] != nil)
    }
}
