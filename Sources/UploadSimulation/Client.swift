package import SessionCore
package import UploadCore
package import UploadDerivation
import UploadMemories
import UploadTestKit

/// A client that performs random operations on the uploads of a history and checks every answer against the
/// expectation.
package struct Client<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    package typealias Service = UploadService<Store, Blobs, Time>

    let world: World
    let name: String
    /// Whether the machine has stopped.
    let hasCrashed: @Sendable () -> Bool
    /// Whether its requests reach several services over the same stores.
    private let sharesStore: Bool
    private let nextService: @Sendable () -> Service

    /// - Parameter nextService: The service that the next request reaches.
    package init(
        world: World, name: String, hasCrashed: @escaping @Sendable () -> Bool = { false }, sharesStore: Bool = false,
        nextService: @escaping @Sendable () -> Service
    ) {
        self.world = world
        self.name = name
        self.hasCrashed = hasCrashed
        self.sharesStore = sharesStore
        self.nextService = nextService
    }

    /// The requests of one operation may reach different services.
    var service: Service { nextService() }

    package func run(operations: Int) async {
        for _ in 0..<operations {
            if world.with({ $0.violation != nil }) { return }
            let dice = world.draw { $0.below(sharesStore ? 114 : 100) }
            do {
                switch dice {
                case ..<10: try await begin()
                case ..<13: try await putWhole()
                case ..<34: try await putChunk()
                case ..<52: try await append()
                case ..<56: try await declareLength()
                case ..<62: try await askStatus()
                case ..<73: try await finish()
                case ..<77: try await abort()
                case ..<81: try await concatenate()
                case ..<85: try await read()
                case ..<88: try await makeMemory()
                case ..<91: try await deleteMemory()
                case ..<93: try await deleteBlob()
                case ..<96: try await sweep()
                case ..<97: try await renameCapsule()
                case ..<100: try await trespass()
                case ..<104: try await raceForChunk()
                case ..<107: try await beginOpenEnded()
                case ..<110: try await finishOpenEnded()
                default: try await askFencedOffset()
                }
            } catch let violation as Violation {
                return world.report(violation)
            } catch let error as UploadError where error.code == .unavailable {
                if hasCrashed() { return }
                if !world.hasFaults { return world.report(Violation("\(name): \(error.debugDescription)")) }
            } catch {
                return world.report(Violation("\(name): unexpected \(error)"))
            }
        }
    }

    // MARK: - Choosing

    /// The expectation of a random matching upload, as of before the operation.
    func choose(_ fits: (Expectation) -> Bool) -> Expectation? {
        world.with { state in
            let fitting = state.order.compactMap { state.uploads[$0] }.filter(fits)
            return state.random.element(of: fitting)
        }
    }

    // MARK: - Judging

    /// Performs one operation on an upload and judges its answer.
    ///
    /// - Parameter allowed: Error codes that are correct regardless of concurrent operations.
    /// - Returns: The value; nil after an allowed error.
    func perform<Value: Sendable>(
        _ operation: String, _ before: Expectation, allowed: Set<UploadError.Code> = [],
        _ body: () async throws(UploadError) -> Value
    ) async throws -> Value? {
        let start = world.beginOperation(of: name)
        defer { world.endOperation(of: name) }
        do throws(UploadError) {
            let value = try await body()
            world.note("\(name) \(operation) \(before.id.text.suffix(6)): ok")
            world.count(operation, "ok")
            return value
        } catch {
            world.note("\(name) \(operation) \(before.id.text.suffix(6)): \(error.code.rawValue)")
            world.count(operation, error.code.rawValue)
            try requireAnnouncement(error, since: start)
            try judge(error, operation, before, allowed)
            return nil
        }
    }

    /// Segments whose announcements are young are recorded.
    ///
    /// - Parameter start: Of the oldest operation: its failure is that of all others on the upload.
    private func requireAnnouncement(_ error: UploadError, since start: Int64) throws(Violation) {
        guard let lifetime = world.pace.announcementLifetime, error.debugDescription.contains("is not announced"),
            world.clock.uptimeMilliseconds() - start < lifetime
        else { return }
        throw Violation(
            "a segment was refused as not announced within the life of its announcement: \(error.debugDescription)")
    }

    private func judge(
        _ error: UploadError, _ operation: String, _ before: Expectation, _ allowed: Set<UploadError.Code>
    ) throws {
        let now = world[before.id] ?? before
        switch error.code {
        // The record of an upload, which is the answer, tells of its end.
        case let code
        where ["status", "ask offset", "ask fenced offset"].contains(operation)
            && [.gone, .committed, .superseded].contains(code):
            break
        case .gone, .notFound:
            guard now.mayHaveEnded || before.parts.contains(where: { world[$0]?.mayHaveEnded == true }) else {
                if allowed.contains(error.code) { return }
                break
            }
            if error.code == .gone { world.update(before.id) { $0.hasEnded = true } }
            return
        // A commit is idempotent: the repetition of another one's is answered as that one was.
        case .committed where operation.hasPrefix("finish"): break
        case .committed:
            guard now.mayBeCommitted else { break }
            if !now.isPartial, !now.isOpenEnded { world.update(before.id) { $0.isCommitted = true } }
            return
        case .superseded: return
        // An upload of unknown length has outgrown the quota.
        case .quotaExceeded where now.parts.isEmpty: return
        case .unavailable, .storeFull:
            throw error.code == .storeFull ? UploadError(.unavailable(detail: "full")) : error
        // A concurrent delete may remove the bytes after the record was read.
        case .storeCorrupt where operation == "read" && now.mayHaveEnded: return
        case let code where allowed.contains(code): return
        default: break
        }
        throw Violation("\(name) \(operation) of \(before.id.text): \(error.debugDescription)")
    }
}
