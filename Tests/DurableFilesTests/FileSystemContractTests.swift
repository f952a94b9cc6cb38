import DurableFiles
import Glibc
import Testing
import UploadTestKit

@Suite struct FileSystemContractTests {
    @Test func `the machine's file system holds the laws`() throws {
        let directory = try TemporaryDirectory()
        var number = 0
        let contract = FileSystemContract {
            number += 1
            return try POSIXFileSystem(creatingRoot: "\(directory.path)/\(number)")
        } makeLink: { files, path, target in
            try #require(symlink(target, files.root + "/" + path) == 0)
        }
        #expect(contract.violations() == [])
    }

    @Test func `the simulated file system holds the laws`() {
        let contract = FileSystemContract {
            SimulatedFileSystem(seed: 1)
        } makeLink: { files, path, _ in
            try #require(files.plantLink(path))
        }
        #expect(contract.violations() == [])
    }

    @Test func `the contract finds out an implementation that fails`() {
        let contract = FileSystemContract {
            let files = SimulatedFileSystem(seed: 1)
            files.failNext(.write, .io)
            return files
        }
        #expect(!contract.violations().isEmpty)
    }
}
