import Synchronization
import Testing

@testable import UploadCore

@Suite struct WorkSignalTests {
    @Test func `the listener is called as directly after a thousand notifications as at the first`() {
        let addresses = Mutex<[UInt]>([])
        let signal = WorkSignal()
        signal.listen {
            var local = 0
            let address = withUnsafeMutablePointer(to: &local) { UInt(bitPattern: $0) }
            addresses.withLock { $0.append(address) }
        }
        for _ in 0..<1000 { signal.notify() }
        #expect(addresses.withLock(\.count) == 1000)
        #expect(Set(addresses.withLock(\.self)).count == 1, "each call needs more of the stack than the one before")
    }

    @Test func `a listener that was removed is not called`() {
        let count = Atomic(0)
        let signal = WorkSignal()
        signal.listen { count.add(1, ordering: .relaxed) }
        signal.notify()
        signal.listen(nil)
        signal.notify()
        #expect(count.load(ordering: .relaxed) == 1)
    }
}
