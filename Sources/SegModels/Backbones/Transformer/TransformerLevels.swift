/// Which blocks of a plain transformer are the levels where nobody says otherwise.
///
/// All blocks have one grid, so that levels differ in depth alone: the block at half the depth still knows texture and parts,
/// the one at three quarters parts and things, the last one things. Convolutional networks give three levels of about that
/// meaning, so that decoders trained with these work with transformers.
enum TransformerLevels {
    /// Three blocks, counted from 0; none for fewer than three blocks.
    static func blocks(depth: Int) -> [Int] {
        guard depth >= 3 else { return [] }
        let middle = max(depth / 2, 1)
        return [middle - 1, max(depth * 3 / 4, middle + 1) - 1, depth - 1]
    }
}
