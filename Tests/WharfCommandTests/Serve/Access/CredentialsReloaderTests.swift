import BlobStorageS3
import HTTPTestKit
import Synchronization
import Testing
import UploadTestKit

@testable import WharfCommand

@Suite struct CredentialsReloaderTests {
    private let log = LogCapture()

    private func write(_ accessKey: String, to path: String) throws {
        try TestFiles.write(
            Array("[default]\naws_access_key_id = \(accessKey)\naws_secret_access_key = hunter2\n".utf8), to: path)
    }

    @Test func `a file is read again, and one that cannot be used leaves the former key`() async throws {
        let directory = try TemporaryDirectory()
        var settings = ClusterSettings()
        settings.credentials = directory.path + "/credentials"
        let keys = Mutex<[S3Credentials]>([])
        let reloader = try #require(
            settings.credentialsReloader(log.logger) { key in keys.withLock { $0.append(key) } })
        try write("first", to: settings.credentials)
        await reloader.reload()
        try TestFiles.write(Array("[default]\naws_access_key_id = second\n".utf8), to: settings.credentials)
        await reloader.reload()
        try write("third", to: settings.credentials)
        await reloader.reload()
        #expect(
            keys.withLock { $0 } == [
                S3Credentials(accessKey: "first", secretKey: "hunter2"),
                S3Credentials(accessKey: "third", secretKey: "hunter2"),
            ])
        #expect(
            log.lines.map(\.message) == [
                "credentials of the bucket reloaded",
                "credentials of the bucket not reloaded; the former ones stay valid",
                "credentials of the bucket reloaded",
            ])
        #expect(log.lines[1].metadata["error"]?.contains("aws_secret_access_key") == true)
        #expect(!log.lines.contains { "\($0.metadata)".contains("hunter2") })
    }

    @Test func `a key of the environment cannot be read again`() {
        #expect(ClusterSettings().credentialsReloader(log.logger) { _ in } == nil)
    }
}
