/// What a child process says when it has done its task.
struct MemoryPeak {
    /// With an open store that nobody uses.
    let idleBytes: Int
    let peakBytes: Int
    /// When the task was done.
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
