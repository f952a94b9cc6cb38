import Dispatch
import Synchronization
public import UploadCore

/// Hashes the buffers of threads in pairs.
///
/// A few threads hash at a time; the others wait. A thread that is done passes its turn to the first that waits, which
/// hashes the buffer of the second together with its own. So pairs form when there is more to hash than these threads
/// can do, and a buffer never waits for another one to come.
public final class HashPairs: HashPairing {
    private let turns: Mutex<HashTurns<Request>>

    /// - Parameter threads: The number of threads that hash at a time, at least 1. On half of the processors, pairs hash nine
    ///   tenths of what single streams hash on all of them.
    public init(threads: Int) {
        precondition(threads > 0, "Hashing needs at least one thread, not \(threads)")
        turns = Mutex(HashTurns(runningMax: threads))
    }

    /// A buffer and the thread that waits until it is hashed.
    private final class Request: Sendable {
        let hash: RunningHash
        private let address: UInt
        private let byteCount: Int
        private let wakeUp = DispatchSemaphore(value: 0)
        private let turn = Mutex<HashTurns<Request>.Turn?>(nil)

        init(_ hash: RunningHash, _ bytes: UnsafeRawBufferPointer) {
            self.hash = hash
            (address, byteCount) = (UInt(bitPattern: bytes.baseAddress), bytes.count)
        }

        /// The buffer, to be read only. It exists until the hash is updated: the thread that owns it waits in `HashPairs.update`.
        var bytes: UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: byteCount)
        }

        /// Wakes the thread.
        ///
        /// - Parameter turn: Its turn; nil if the buffer is hashed.
        func resume(with turn: HashTurns<Request>.Turn?) {
            self.turn.withLock { $0 = turn }
            wakeUp.signal()
        }

        func wait() -> HashTurns<Request>.Turn? {
            wakeUp.wait()
            return turn.withLock { $0 }
        }
    }

    public func update(_ hash: RunningHash, _ bytes: UnsafeRawBufferPointer) {
        let request = Request(hash, bytes)
        guard let turn = turns.withLock({ $0.enter(request) }) ?? request.wait() else { return }
        if let partner = turn.partner {
            RunningHash.update(hash, bytes, partner.hash, partner.bytes)
            partner.resume(with: nil)
        } else {
            hash.updateAlone(bytes)
        }
        if let next = turns.withLock({ $0.leave() }) { next.request.resume(with: next) }
    }
}

/// Which requests are served, and which wait. A pure value.
struct HashTurns<Request> {
    /// The right to hash a request, and with it that of a partner.
    struct Turn {
        let request: Request
        let partner: Request?
    }

    private let runningMax: Int
    private var running = 0
    /// Empty unless as many as permitted are running.
    private var waiting: [Request] = []

    init(runningMax: Int) {
        self.runningMax = runningMax
    }

    /// - Returns: Nil if the request has to wait until `leave` of others returns it, or makes it a partner.
    mutating func enter(_ request: Request) -> Turn? {
        guard running == runningMax else {
            running += 1
            return Turn(request: request, partner: nil)
        }
        waiting.append(request)
        return nil
    }

    /// Ends a turn.
    ///
    /// - Returns: The turn that begins instead.
    mutating func leave() -> Turn? {
        guard !waiting.isEmpty else {
            running -= 1
            return nil
        }
        let first = waiting.removeFirst()
        return Turn(request: first, partner: waiting.isEmpty ? nil : waiting.removeFirst())
    }
}

extension HashTurns: Sendable where Request: Sendable {}
extension HashTurns.Turn: Sendable where Request: Sendable {}
