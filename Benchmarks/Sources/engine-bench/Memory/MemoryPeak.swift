/// The report of a child process after its task.
struct MemoryPeak {
    /// With an open, idle store.
    let idleBytes: Int
    let peakBytes: Int
    /// After the task.
    let restBytes: Int

    init(idleBytes: Int, peakBytes: Int, restBytes: Int) {
        self.idleBytes = idleBytes
        self.peakBytes = peakBytes
        self.restBytes = restBytes
    }

    init?(text: String) {
        let numbers = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        self.init(idleBytes: numbers[0], peakBytes: numbers[1], restBytes: numbers[2])
    }

    var text: String { "\(idleBytes) \(peakBytes) \(restBytes)" }
}
