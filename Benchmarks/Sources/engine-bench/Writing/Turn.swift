/// Large uploads are written in turns, a few chunks at a time, so that their legs can take turns often.
struct Turn {
    /// Chunks written in one turn, by all files or uploads together.
    let chunks: Int
    /// Turns until they are complete.
    let count: Int

    init(chunks: Int, of total: Int) {
        self.chunks = chunks
        count = total / chunks
    }
}
