import SessionCore
import Synchronization
import Testing
import UploadTestKit

@testable import UploadCore
@testable import UploadDerivation

/// The same bytes are derived once.
@Suite struct DerivativesCacheTests {
    @Test(.timeLimit(.minutes(10)))
    func `forty uploads of the same bytes become forty memories after one decode`() async throws {
        let fixture = try await Fixture()
        for _ in 1...40 { _ = try await fixture.commitPhoto(content(100)) }
        let deriver = FakeDeriver()
        let made = AsyncStream.makeStream(of: Int.self)
        let runner = fixture.runner(deriver) { event in
            if case .made(let memory, _) = event { made.continuation.yield(memory.assets.count) }
        }
        let running = Task { await runner.run(pause: { _ in throw CancellationError() }) }
        var (found, assets) = (made.stream.makeAsyncIterator(), [Int]())
        while assets.count < 40, let count = await found.next() { assets.append(count) }
        #expect(assets == Array(repeating: 4, count: 40))
        #expect(deriver.asked == [content(100)])
        running.cancel()
        await running.value
    }

    @Test func `callers share no derivatives`() async throws {
        let fixture = try await Fixture()
        let photos = [
            try await fixture.commitPhoto(by: fixture.anna), try await fixture.commitPhoto(by: fixture.ben),
            try await fixture.commitPhoto(by: fixture.anna),
        ]
        let deriver = FakeDeriver()
        let runner = fixture.runner(deriver)
        for photo in photos { await runner.process(photo) }
        #expect(deriver.asked.count == 2)
    }

    @Test func `concatenations of the same parts are the same bytes, in another order they are not`() async throws {
        let fixture = try await Fixture()
        var parts: [SessionId] = []
        for number in 1...2 { parts.append(try await fixture.commit(content(30, from: number), isPartial: true)) }
        let deriver = FakeDeriver()
        let runner = fixture.runner(deriver)
        for order in [[0, 1], [0, 1], [1, 0], [0, 1]] {
            var request = fixture.request(.append)
            request.derivation = .recipe(.photo)
            let whole = try await fixture.service.concatenate(
                request, parts: order.map { parts[$0] }, by: fixture.ben)
            await runner.process(whole.id)
        }
        #expect(
            deriver.asked == [
                content(30, from: 1) + content(30, from: 2), content(30, from: 2) + content(30, from: 1),
            ])
    }

    // MARK: - The cache alone

    private func key(_ number: UInt8 = 1, by caller: String = "ben", size: UInt64 = 10) -> DerivativesCache.Key {
        let id = SessionId(high: 1, low: 1)
        return DerivativesCache.Key(
            of: Blob(
                id: BlobId(id), capsule: CapsuleId(id), asset: AssetMetadata(name: "photo.jpg"), size: size,
                digest: .whole(Digest(of: [number])), chunkSize: nil, createdAt: Timestamp(milliseconds: 0),
                extents: []),
            by: Principal(caller))
    }

    /// The causes of the failures of calls, one after another; nil for a success.
    private func outcomes(
        _ cache: DerivativesCache, _ plan: [DerivationFailure.Cause?]
    ) async -> [DerivationFailure.Cause?] {
        var outcomes: [DerivationFailure.Cause?] = []
        for cause in plan {
            do throws(DerivationFailure) {
                _ = try await cache.derivatives(of: key()) { () throws(DerivationFailure) in
                    if let cause { throw DerivationFailure(cause, "as planned") }
                    return .sample
                }
                outcomes.append(nil)
            } catch {
                outcomes.append(error.cause)
            }
        }
        return outcomes
    }

    @Test func `a failure of the bytes is kept, one of the worker or of the store is not`() async {
        #expect(await outcomes(DerivativesCache(bytesMax: 1 << 20), [.file, nil]) == [.file, .file])
        for cause in [DerivationFailure.Cause.worker, .unavailable, .damaged] {
            let found = await outcomes(DerivativesCache(bytesMax: 1 << 20), [cause, nil, .file])
            #expect(found == [cause, nil, nil])
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: [DerivationFailure.Cause?.none, .file, .worker, .damaged])
    func `calls during an attempt wait for it, and derive for themselves only if it was about other bytes`(
        _ cause: DerivationFailure.Cause?
    ) async throws {
        let cache = DerivativesCache(bytesMax: 0)
        let key = key()
        let attempts = Mutex(0)
        let (started, release) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        let derive = { @Sendable () async throws(DerivationFailure) -> PhotoDerivatives in
            let isFirst = attempts.withLock { count in
                count += 1
                return count == 1
            }
            guard isFirst else { return .sample }
            started.continuation.yield()
            for await _ in release.stream { break }
            if let cause { throw DerivationFailure(cause, "as planned") }
            return .sample
        }
        @Sendable func call() async -> DerivationFailure.Cause? {
            do throws(DerivationFailure) {
                _ = try await cache.derivatives(of: key, derive: derive)
                return nil
            } catch {
                return error.cause
            }
        }
        let first = Task { await call() }
        for await _ in started.stream { break }
        let others = (1...5).map { _ in Task { await call() } }
        while cache.waiting(for: key) < 5 { await Task.yield() }
        release.continuation.yield()
        #expect(await first.value == cause)
        for other in others { #expect(await other.value == (cause == .damaged ? nil : cause)) }
        if cause != .damaged { #expect(attempts.withLock { $0 } == 1) }
    }

    @Test func `the oldest outcomes are forgotten beyond the limit on bytes`() async throws {
        let sample = PhotoDerivatives.sample
        let size = 1024 + sample.display.bytes.count + sample.thumb.bytes.count + sample.placeholder.bytes.count
        for (limit, kept) in [(3 * size, [1, 2, 3]), (3 * size - 1, [2, 3]), (size - 1, []), (0, [])]
            as [(Int, Set<UInt8>)]
        {
            let cache = DerivativesCache(bytesMax: limit)
            for number in 1...3 as ClosedRange<UInt8> {
                _ = try await cache.derivatives(of: key(number)) { () throws(DerivationFailure) in .sample }
            }
            let again = Mutex<[UInt8]>([])
            for number in (1...3 as ClosedRange<UInt8>).reversed() {
                _ = try await cache.derivatives(of: key(number)) { () throws(DerivationFailure) in
                    again.withLock { $0.append(number) }
                    return .sample
                }
            }
            #expect(again.withLock { $0 } == [3, 2, 1].filter { !kept.contains($0) }, "at \(limit)")
        }
    }

    @Test func `other sizes and callers are other keys`() {
        #expect(key() == key())
        #expect(Set([key(), key(2), key(by: "anna"), key(size: 11)]).count == 4)
    }
}
