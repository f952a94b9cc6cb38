import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

struct ContractTests {
    @Test(arguments: ReceiptContract.checks, S3Engine.Integrity.allCases)
    func `the store holds the laws of receipts`(
        _ check: ReceiptContract.Check, _ integrity: S3Engine.Integrity
    ) async throws {
        try await Self.run(check, "&integrity=\(integrity.rawValue)")
    }

    @Test(arguments: ReceiptContract.checks, 1...6 as ClosedRange<UInt64>)
    func `the store holds the laws of receipts on an engine that fails often`(
        _ check: ReceiptContract.Check, _ seed: UInt64
    ) async throws {
        let random = Mutex(SeededRandom(seed: seed))
        try await Self.run(check) { request, _ in
            let draw = random.withLock { $0.below(20) }
            switch draw {
            case 0: return .status(503, code: "SlowDown")
            case 1: return .status(500, code: "InternalError")
            case 2: return .lost
            case 3: return .late
            case 4 where request.method == "PUT": return .errorBody(code: "InternalError")
            case 5 where request.method == "PUT": return .otherChecksum
            case 6 where request.method == "GET": return .truncated(3)
            case 7 where request.method == "GET": return .truncated(0)
            case 8 where request.method == "POST": return .undeleted(code: "InternalError") { $0.hasSuffix("0") }
            default: return .normal
            }
        }
    }

    private static func run(
        _ check: ReceiptContract.Check, _ location: String = "",
        _ behave: @escaping @Sendable (FakeS3.Request, Int) -> FakeS3.Behaviour = { _, _ in .normal }
    ) async throws {
        var settings = S3Settings.small
        settings.attemptsMax = 100
        try await FakeS3.run { [settings] fake in
            fake.behave(behave)
            let made = Mutex<S3BlobStore?>(nil)
            let outcome: Result<Void, any Error>
            do {
                try await check.run { catalogue in
                    let store = S3BlobStore(
                        try fake.location(location), FakeS3.credentials, catalogue: catalogue, clock: ManualClock(),
                        settings: settings, timer: Waits().timer, makeKey: SeededKeys(1).next)
                    made.withLock { $0 = store }
                    return store
                }
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            fake.processLate()
            await made.withLock { $0 }?.shutdown()
            try outcome.get()
        }
    }
}
