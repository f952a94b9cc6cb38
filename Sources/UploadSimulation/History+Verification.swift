import SessionCore
import UploadCore
import UploadTestKit
import Wharf

/// The final check of a history.
extension History {
    func verify(
        _ world: World, _ files: SimulatedFileSystem, _ vfs: SimulatedVFS, _ scheduler: SimulatedScheduler
    ) async throws {
        guard let store = try await open(world, files, vfs, scheduler, durability) else {
            throw Violation("the last opening crashed")
        }
        try await examine(world, store, files)
        guard try await store.uploads.maintenance.recover().isEmpty else {
            throw Violation("recovery finds more to do")
        }
        await store.close()
    }

    /// After a power loss that the durability does not cover, acknowledgements may be lost, but the store opens, and what
    /// it calls durable of a pending upload is what was received: the upload can be finished with its digest. Only
    /// committed blobs may have lost bytes, and the check finds these.
    func verifyAfterLoss(
        _ world: World, _ files: SimulatedFileSystem, _ vfs: SimulatedVFS, _ scheduler: SimulatedScheduler
    ) async throws {
        guard let store = try await open(world, files, vfs, scheduler, durability) else {
            throw Violation("the last opening crashed")
        }
        // What an opening could not read of a failing disk it leaves to the next one.
        try await store.uploads.maintenance.recoverPendingUploads()
        let damaged = try await store.check().issues.filter { $0.kind != .orphanObject }
        for issue in damaged where issue.repair != nil || issue.kind == .catalogue {
            throw Violation("after the loss the check finds \(issue.kind.rawValue): \(issue.detail)")
        }
        let examination = Examination(world, store.uploads)
        for upload in world.expectations where upload.parts.isEmpty {
            guard let record = try? await store.uploads.sessions.get(upload.id) else { continue }
            switch record.session.meta.status {
            case .pending:
                do {
                    try await examination.complete(upload, record)
                    world.count("complete after a loss", "ok")
                } catch let error as UploadError where error.code == .quotaExceeded {
                    world.count("complete after a loss", error.code.rawValue)
                }
            case .committed where !upload.isPartial && !damaged.contains { $0.upload == upload.id }:
                try await examination.examineBlob(upload)
            case .committed, .aborted, .expired: break
            }
        }
        await store.close()
    }
}
