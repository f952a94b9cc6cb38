import HTTPTestKit
import JWTAuthentication
import Logging
import Synchronization
import Testing
import UploadHTTP
import UploadTestKit

@Suite(.timeLimit(.minutes(5))) struct FetchedKeysTests {
    private let log = LogCapture()
    private let old: TestKey
    private let new: TestKey
    private let oldToken: String
    private let newToken: String

    init() async throws {
        (old, new) = (try await .es256("old"), try await .es256("new"))
        (oldToken, newToken) = (try Issuer.token(old), try Issuer.token(new))
    }

    private func keys(
        of provider: FakeProvider,
        pause: @escaping @Sendable (Duration) async throws -> Void = { _ in await untilCancelled() }
    ) -> FetchedKeys {
        FetchedKeys(logger: log.logger, pause: pause, now: { provider.now }) { try await provider.document() }
    }

    private func authenticator(_ keys: FetchedKeys) -> JWTAuthenticator {
        let clock = ManualClock()
        return JWTAuthenticator(Issuer.configuration, keys: keys) { clock.now() }
    }

    private func isUnavailable(_ outcome: Result<Caller?, AuthenticationFailure>) -> Bool {
        if case .failure(.unavailable) = outcome { true } else { false }
    }

    private func document(_ keys: TestKey...) throws -> FakeProvider.Answer { .document(try keySetDocument(keys)) }

    // MARK: - Without keys

    @Test func `before the first keys tokens are answered with 503, and the first one fetches them`() async throws {
        let provider = FakeProvider(.failure)
        let keys = keys(of: provider)
        let authenticator = authenticator(keys)
        await keys.refresh()
        #expect(keys.keys == nil && keys.isStale)
        #expect(isUnavailable(await authenticator.outcome(oldToken)))
        #expect(provider.fetches == 2)
        // What is no token at all needs no keys.
        #expect(await authenticator.refusal("a.b") != nil)
        #expect(try await authenticator.caller(of: Issuer.request()) == nil)
        #expect(provider.fetches == 2)
        provider.answer(try document(old))
        #expect(isUnavailable(await authenticator.outcome(oldToken)))
        provider.advance(FetchedKeys.demandInterval)
        #expect(await authenticator.outcome(oldToken) == .success(Issuer.user))
        #expect(provider.fetches == 3)
        #expect(!keys.isStale)
    }

    @Test(arguments: ["", #"{"keys":[]}"#]) func `an unusable document is a failed fetch`(_ text: String) async throws {
        let provider = FakeProvider(try document(old))
        let keys = keys(of: provider)
        await keys.refresh()
        provider.answer(.document(Array(text.utf8)))
        await keys.refresh()
        #expect(keys.isStale)
        #expect(await authenticator(keys).outcome(oldToken) == .success(Issuer.user))
    }

    // MARK: - Rotation

    @Test func `an unknown key is fetched once for many requests, and the former key is gone then`() async throws {
        let provider = FakeProvider(try document(old))
        let keys = keys(of: provider)
        let authenticator = authenticator(keys)
        await keys.refresh()
        #expect(await authenticator.outcome(oldToken) == .success(Issuer.user))
        provider.answer(.held)
        let token = newToken
        let outcomes = try await withThrowingTaskGroup(of: Result<Caller?, AuthenticationFailure>.self) { tasks in
            for _ in 0..<100 { tasks.addTask { await authenticator.outcome(token) } }
            while !provider.isHolding { await Task.yield() }
            // Others are served meanwhile.
            #expect(await authenticator.outcome(oldToken) == .success(Issuer.user))
            provider.release(try keySetDocument([new]))
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 100 && outcomes.allSatisfy { $0 == .success(Issuer.user) })
        #expect(provider.fetches == 2)
        // A key that was published since the fetch would be unknown, too.
        #expect(isUnavailable(await authenticator.outcome(oldToken)))
        provider.advance(FetchedKeys.demandInterval)
        provider.answer(try document(new))
        #expect(
            await authenticator.refusal(oldToken) == "The token names a key (kid) that its issuer does not publish.")
    }

    @Test func `unknown keys cause a fetch every 30 seconds at most`() async throws {
        let provider = FakeProvider(try document(old))
        let keys = keys(of: provider)
        let authenticator = authenticator(keys)
        await keys.refresh()
        for _ in 0..<5 {
            let before = provider.fetches
            for id in 0..<20 {
                let token = try Issuer.token(new, header: ["kid": .string("\(id)")])
                if id == 0 {
                    #expect(await authenticator.refusal(token)?.contains("(kid)") == true)
                } else {
                    #expect(isUnavailable(await authenticator.outcome(token)))
                }
            }
            #expect(provider.fetches == before + 1)
            provider.advance(FetchedKeys.demandInterval)
        }
    }

    @Test func `a request that is cancelled takes the keys from nobody`() async throws {
        let provider = FakeProvider(.held)
        let keys = keys(of: provider)
        let authenticator = authenticator(keys)
        let token = oldToken
        let first = Task { await authenticator.outcome(token) }
        while !provider.isHolding { await Task.yield() }
        let second = Task { await authenticator.outcome(token) }
        first.cancel()
        provider.release(try keySetDocument([old]))
        #expect(await second.value == .success(Issuer.user))
        #expect(provider.fetches == 1)
    }

    // MARK: - Failures

    @Test func `a failed fetch keeps the former keys, and an unknown one is not refused for good`() async throws {
        let provider = FakeProvider(try document(old))
        let keys = keys(of: provider)
        let authenticator = authenticator(keys)
        await keys.refresh()
        provider.answer(.failure)
        await keys.refresh()
        #expect(await authenticator.outcome(oldToken) == .success(Issuer.user))
        #expect(isUnavailable(await authenticator.outcome(newToken)))
        provider.answer(try document(old, new))
        await keys.refresh()
        #expect(await authenticator.outcome(newToken) == .success(Issuer.user))
    }

    @Test func `a fetch without an end is given up, and requests go on`() async throws {
        let provider = FakeProvider(.held)
        let isOver = Mutex(false)
        let keys = keys(of: provider) { limit in
            #expect(limit == FetchedKeys.timeout)
            while !isOver.withLock({ $0 }) { await Task.yield() }
        }
        let authenticator = authenticator(keys)
        let token = oldToken
        let request = Task { await authenticator.outcome(token) }
        while !provider.isHolding { await Task.yield() }
        isOver.withLock { $0 = true }
        #expect(isUnavailable(await request.value))
        // The fetch was cancelled, and the next one is another.
        #expect(!provider.isHolding)
        provider.answer(try document(old))
        await keys.refresh()
        #expect(await authenticator.outcome(token) == .success(Issuer.user))
    }

    @Test func `changes and failures are logged, repeated failures once a minute`() async throws {
        let provider = FakeProvider(.failure)
        let keys = keys(of: provider)
        for _ in 0..<5 { await keys.refresh() }
        provider.answer(try document(old))
        for _ in 0..<5 { await keys.refresh() }
        provider.answer(.failure)
        for _ in 0..<5 { await keys.refresh() }
        provider.advance(.seconds(60))
        await keys.refresh()
        provider.answer(try document(old, new))
        for _ in 0..<5 { await keys.refresh() }
        let lines = log.lines.map { [$0.message, $0.metadata["suppressed"] ?? $0.metadata["count"] ?? ""] }
        #expect(
            lines == [
                ["token keys not fetched: requests with JWTs are answered with 503 until they are", "0"],
                ["token keys fetched", "1"], ["token keys not fetched; the former ones stay valid", "0"],
                ["token keys not fetched; the former ones stay valid", "4"], ["token keys fetched", "2"],
            ])
        #expect(log.lines.map(\.level) == [.error, .notice, .error, .error, .notice])
    }
}
