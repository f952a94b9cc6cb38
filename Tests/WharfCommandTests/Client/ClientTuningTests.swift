import NIOCore
import Testing
import UploadClient

@testable import WharfCommand

@Suite struct ClientTuningTests {
    @Test func `commands give up a server that was never reached, unless they are to wait`() {
        #expect(ClientTuning().policy.failsFastAtFirst)
        #expect(!ClientTuning(waits: true).policy.failsFastAtFirst)
    }

    @Test(arguments: [0, 1, 5]) func `retries are attempts after the first`(_ retries: Int) {
        #expect(ClientTuning(retries: retries).policy.attemptsMax == retries + 1)
        #expect(ClientTuning().policy.attemptsMax == RetryPolicy().attemptsMax)
    }

    @Test func `a timeout bounds each time without progress`() {
        let usual = HTTPClientTransport.Timeouts()
        // Commands that only read wait for a connection for three seconds; see `TransferOptions` for the others.
        #expect(ClientTuning().timeouts.connect == .seconds(3))
        #expect(ClientTuning(connectMilliseconds: 10_000).timeouts == usual)
        let short = ClientTuning(timeoutMilliseconds: 2000).timeouts
        #expect(short.connect == .seconds(2) && short.answer == .seconds(2) && short.write == .seconds(2))
        let long = ClientTuning(timeoutMilliseconds: 600_000).timeouts
        #expect(long.connect == .seconds(3) && long.answer == .minutes(10) && long.write == .minutes(10))
    }
}
