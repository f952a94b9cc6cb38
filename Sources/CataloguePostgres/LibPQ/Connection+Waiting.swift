import CLibPQ
import Glibc
import UploadCore

extension Connection {
    /// Waits until a result can be taken without blocking, sending what is left to send.
    ///
    /// - Throws: `unavailable` if the connection is gone, or the server does not answer within `waitMax`. Its backend is
    ///   then told to stop, unless it commits, since it would go on holding its locks; the connection is of no use any more.
    func wait() throws(UploadError) {
        guard PQflush(handle) >= 0 else { throw lost() }
        guard PQisBusy(handle) == 1 else { return }
        let deadline = ContinuousClock.now + waitMax
        while PQisBusy(handle) == 1 {
            let unsent = PQflush(handle)
            guard unsent >= 0 else { throw lost() }
            let events = unsent == 0 ? POLLIN : POLLIN | POLLOUT
            var descriptor = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
            let rest = deadline - ContinuousClock.now
            let ready = rest <= .zero ? 0 : poll(&descriptor, 1, Int32(clamping: max(1, rest.milliseconds)))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else {
                if !isCommitting { CancelRequests.send(for: handle) }
                throw lost("no answer within \(waitMax)")
            }
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
    }

    /// Lets a backend end that has not noticed yet that its client is gone. Blocks for 50 ms.
    static func pause() {
        poll(nil, 0, 50)
    }
}
