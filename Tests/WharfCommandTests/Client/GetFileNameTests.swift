import Testing
import UploadClient

@testable import WharfCommand

@Suite struct GetFileNameTests {
    @Test(arguments: [("a", "a"), ("dir/a.jpg", "a.jpg"), ("/../x", "x")])
    func `a blob is saved under the last component of its name`(_ name: String, _ file: String) throws {
        #expect(try GetCommand.fileName(name) == file)
    }

    @Test(arguments: ["", "/", "..", "a/..", ".", "a\u{7}b", "a\u{1B}[1m"])
    func `an invalid file name is refused`(_ name: String) {
        #expect(throws: ClientError.self) { try GetCommand.fileName(name) }
    }
}
