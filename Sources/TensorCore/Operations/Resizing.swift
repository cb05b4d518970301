/// How values between the pixels of a grid are found.
public enum Interpolation: Sendable, Hashable {
    /// `floor(i * (in / out))` in single precision, torch's "nearest".
    case nearest
    /// Two taps a direction.
    case bilinear
    /// Four taps a direction, Keys' kernel with a = -0.75 (torch).
    case bicubic
    /// The mean of the covered cells (torch's adaptive average pooling).
    case area
}

extension Tensor {
    /// Images `[N, H, W, C]` at another size, as `torch.nn.functional.interpolate` without antialiasing.
    ///
    /// - Parameters:
    ///   - size: the new height and width.
    ///   - mode: the filter.
    ///   - alignCorners: corner pixels keep their centres; else half-pixel centres. Bilinear and bicubic only.
    public func resized(to size: Size2D, _ mode: Interpolation = .bilinear, alignCorners: Bool = false) -> Tensor {
        let operands = Operands("resized", self, "images")
        _ = operands.moved(
            self, "images", where: rank == 4 && shape[1] > 0 && shape[2] > 0, "[N, H, W, C] with at least one pixel")
        operands.argument(size.isWithin(1...ResamplingMatrix.mostPositions), "size: \(size) is not a size of images")
        if size.height == shape[1] && size.width == shape[2] { return self }
        let rows = Resampling.make(from: shape[1], to: size.height, mode, alignCorners: alignCorners)
        let columns = Resampling.make(from: shape[2], to: size.width, mode, alignCorners: alignCorners)
        return resampled(rows: rows, columns: columns)
    }

    /// Images `[N, H, W, C]` with every row and column axis mapped by a sparse matrix; the derivative maps by the transposes.
    public func resampled(rows: ResamplingMatrix, columns: ResamplingMatrix) -> Tensor {
        resampled(rows: Resampling(rows), columns: Resampling(columns))
    }

    /// The same with handles, for matrices that are used again and again.
    public func resampled(rows: Resampling, columns: Resampling) -> Tensor {
        let (height, width) = (rows.matrix.inputs, columns.matrix.inputs)
        let operands = Operands("resampled", self, "images")
        let x = operands.floating(
            self, "images", where: rank == 4 && height == shape[1] && width == shape[2],
            "[N, H, W, C] of the \(height)x\(width) pixels that rows and columns take")
        let out = x.makeBuffer([shape[0], rows.matrix.outputs, columns.matrix.outputs, shape[3]])
        backend.resample(x.buffer, rows: rows, columns: columns, into: out)
        guard Tensor.records(x) else { return Tensor(buffer: out) }
        return .recorded(out, x) { $0.resampled(rows: rows.transposed, columns: columns.transposed) }
    }
}

extension Resampling {
    private struct Key: Hashable {
        var from: Int
        var to: Int
        var mode: Interpolation
        var alignCorners: Bool
    }

    private static let handles = Guarded<[Key: Resampling]>([:])

    /// The matrix of one axis; models ask for the same few again and again.
    static func make(from: Int, to: Int, _ mode: Interpolation, alignCorners: Bool) -> Resampling {
        let key = Key(from: from, to: to, mode: mode, alignCorners: alignCorners)
        if let known = handles.withLock({ $0[key] }) { return known }
        let made = Resampling(ResamplingMatrix(from: from, to: to, mode, alignCorners: alignCorners))
        return handles.withLock { entries in
            if let known = entries[key] { return known }
            if entries.count > 256 { entries.removeAll() }
            entries[key] = made
            return made
        }
    }
}

extension ResamplingMatrix {
    /// How `from` pixels of one axis become `to`.
    init(from: Int, to: Int, _ mode: Interpolation, alignCorners: Bool) {
        self.init(inputs: from, rows: (0..<to).map { Self.row(of: $0, from: from, to: to, mode, alignCorners) })
    }

    /// One axis of an axis-aligned `affine_grid` followed by `grid_sample` (bilinear, border padding, half-pixel centres):
    /// output position `u` in [-1, 1] reads input position `scale * u + translation`. A negative scale mirrors.
    public static func affine(from: Int, to: Int, scale: Float, translation: Float) -> ResamplingMatrix {
        require(from > 0, "ResamplingMatrix.affine", "from: \(from) positions")
        require((0...mostPositions).contains(to), "ResamplingMatrix.affine", "to: \(to) positions")
        require(scale.isFinite && translation.isFinite, "ResamplingMatrix.affine", "scale \(scale), translation \(translation)")
        let rows = (0..<to).map { output -> [(Int, Float)] in
            let u = (2 * Float(output) + 1) / Float(to) - 1
            let source = ((scale * u + translation + 1) * Float(from) - 1) / 2
            let centre = min(max(source, 0), Float(from - 1))
            let low = min(Int(centre), from - 1)
            let fraction = centre - Float(low)
            return merged([(low, 1 - fraction), (min(low + 1, from - 1), fraction)])
        }
        return ResamplingMatrix(inputs: from, rows: rows)
    }

    private static func row(
        of output: Int, from: Int, to: Int, _ mode: Interpolation, _ alignCorners: Bool
    ) -> [(Int, Float)] {
        switch mode {
        case .nearest:
            // In single precision as in torch, where it is not always the integer quotient.
            let position = Float(output) * (Float(from) / Float(to))
            return [(min(Int(position), from - 1), 1)]
        case .area:
            let start = output * from / to
            let end = ((output + 1) * from + to - 1) / to
            return (start..<end).map { ($0, 1 / Float(end - start)) }
        case .bilinear:
            let centre = max(sourcePosition(output, from, to, alignCorners), 0)
            let low = min(Int(centre), from - 1)
            let fraction = centre - Float(low)
            return merged([(low, 1 - fraction), (min(low + 1, from - 1), fraction)])
        case .bicubic:
            let centre = sourcePosition(output, from, to, alignCorners)
            let low = Int(centre.rounded(.down))
            let fraction = centre - Float(low)
            return merged(
                (-1...2).map { tap in
                    (min(max(low + tap, 0), from - 1), cubicWeight(Float(tap) - fraction))
                })
        }
    }

    private static func sourcePosition(_ output: Int, _ from: Int, _ to: Int, _ alignCorners: Bool) -> Float {
        if alignCorners { return to == 1 ? 0 : Float(output) * (Float(from - 1) / Float(to - 1)) }
        return (Float(output) + 0.5) * (Float(from) / Float(to)) - 0.5
    }

    /// Keys' cubic convolution kernel, a = -0.75.
    private static func cubicWeight(_ offset: Float) -> Float {
        let (a, x) = (Float(-0.75), abs(offset))
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    }

    private static func merged(_ taps: [(Int, Float)]) -> [(Int, Float)] {
        var result: [(Int, Float)] = []
        for (position, weight) in taps {
            if let last = result.indices.last, result[last].0 == position {
                result[last].1 += weight
            } else {
                result.append((position, weight))
            }
        }
        return result
    }
}
