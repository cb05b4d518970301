public import TensorCore

/// How large pictures are encoded and decoded in parts: tiles that overlap and are blended, so that memory is that of a tile.
///
/// The tiles and the blending are diffusers'. The result differs a little from that of one piece, as tiles do not see one another.
public struct LatentTiling: Sendable, Hashable, Codable {
    /// Pixels along each side of a tile: 512.
    public var side: Int
    /// The share of a tile that overlaps with its neighbour.
    public var overlap: Double

    /// A tiling.
    ///
    /// - Precondition: a positive side and an overlap in 0 ..< 1.
    public init(side: Int = 512, overlap: Double = 0.25) {
        precondition(side > 0 && (0..<1).contains(overlap), "LatentTiling: side \(side), overlap \(overlap)")
        (self.side, self.overlap) = (side, overlap)
    }

    /// Tiles along one axis: of `side` elements, a step apart, blended over `blend`, of which `kept` stay.
    struct Axis {
        let side: Int
        let step: Int
        let blend: Int
        /// What stays of a tile that another one follows.
        let kept: Int

        init(side: Int, overlap: Double, outputSide: Int) {
            self.side = max(side, 1)
            step = max(Int(Double(side) * (1 - overlap)), 1)
            blend = Int(Double(outputSide) * overlap)
            kept = outputSide - blend
        }
    }
}

extension LatentAutoencoder {
    /// ``encoded(_:)`` in tiles.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, 3]`.
    ///   - tiling: the tiles.
    ///   - check: is called before every tile; what it throws ends the work.
    public func encoded(_ pictures: Tensor, tiling: LatentTiling, check: () throws -> Void = {}) rethrows -> Distribution {
        let side = latentSide(tiling)
        let axis = LatentTiling.Axis(side: side * configuration.factor, overlap: tiling.overlap, outputSide: side)
        return split(try tiled(pictures, axis, check) { moments($0).converted(to: .float32) })
    }

    /// ``decoded(_:)`` in tiles.
    ///
    /// - Parameters: as of ``encoded(_:tiling:check:)``.
    public func decoded(_ latents: Tensor, tiling: LatentTiling, check: () throws -> Void = {}) rethrows -> Tensor {
        let side = latentSide(tiling)
        let axis = LatentTiling.Axis(side: side, overlap: tiling.overlap, outputSide: side * configuration.factor)
        return try tiled(latents, axis, check) { decoded($0).converted(to: .float32) }
    }

    private func latentSide(_ tiling: LatentTiling) -> Int { max(tiling.side / configuration.factor, 1) }

    private func tiled(
        _ x: Tensor, _ axis: LatentTiling.Axis, _ check: () throws -> Void, _ apply: (Tensor) -> Tensor
    ) rethrows -> Tensor {
        if x.shape[1] <= axis.side && x.shape[2] <= axis.side {
            try check()
            return apply(x)
        }
        var above: [Tensor] = []
        var rows: [Tensor] = []
        for top in stride(from: 0, to: x.shape[1], by: axis.step) {
            let band = x.sliced(axis: 1, from: top, count: min(axis.side, x.shape[1] - top))
            var row: [Tensor] = []
            for left in stride(from: 0, to: x.shape[2], by: axis.step) {
                try check()
                row.append(apply(band.sliced(axis: 2, from: left, count: min(axis.side, x.shape[2] - left))))
            }
            var blended: [Tensor] = []
            for (index, tile) in row.enumerated() {
                var tile = tile
                if index < above.count { tile = Self.blended(above[index], tile, over: axis.blend, axis: 1) }
                if let left = blended.last { tile = Self.blended(left, tile, over: axis.blend, axis: 2) }
                blended.append(tile)
            }
            let cut = blended.map { tile in
                let size = (min(axis.kept, tile.shape[1]), min(axis.kept, tile.shape[2]))
                return tile.sliced(axis: 1, from: 0, count: size.0).sliced(axis: 2, from: 0, count: size.1)
            }
            rows.append(.concatenated(cut, axis: 2))
            above = blended
        }
        return .concatenated(rows, axis: 1)
    }

    /// `tile` whose first elements along an axis fade over from the last ones of the tile before.
    private static func blended(_ before: Tensor, _ tile: Tensor, over extent: Int, axis: Int) -> Tensor {
        let (old, new) = (before.shape[axis], tile.shape[axis])
        let count = min(extent, old, new)
        guard count > 0 else { return tile }
        let weights = (0..<count).map { Float($0) / Float(count) }
        let shape: Shape = axis == 1 ? [1, count, 1, 1] : [1, 1, count, 1]
        let share = Tensor(weights, shape: shape, beside: tile)
        let tail = before.sliced(axis: axis, from: old - count, count: count)
        let head = tile.sliced(axis: axis, from: 0, count: count)
        let mixed = tail * (1 - share) + head * share
        guard count < new else { return mixed }
        return .concatenated([mixed, tile.sliced(axis: axis, from: count, count: new - count)], axis: axis)
    }
}
