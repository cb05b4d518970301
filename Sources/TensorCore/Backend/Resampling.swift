/// A sparse matrix `[outputs, inputs]` in compressed rows: how one axis is resampled.
///
/// Every resize mode is two of these, and the derivative is their transposes. A matrix is checked when it is made and does
/// not change, so that kernels follow it without looking.
public struct ResamplingMatrix: Sendable, Hashable {
    /// The largest extent of an axis that is resampled.
    public static let mostPositions = 1 << 24

    /// Input extent.
    public let inputs: Int
    /// `outputs + 1` ascending offsets into ``indices``.
    public let rowStarts: [Int32]
    /// Input positions, below ``inputs``.
    public let indices: [Int32]
    /// Their weights.
    public let weights: [Float]

    /// Makes a matrix from rows of (position, weight) pairs.
    ///
    /// - Precondition: positions in `0..<inputs`, fewer than 2^31 of them.
    public init(inputs: Int, rows: [[(Int, Float)]]) {
        require((0...Self.mostPositions).contains(inputs), "ResamplingMatrix", "inputs: \(inputs) positions")
        require(rows.count <= Self.mostPositions, "ResamplingMatrix", "rows: \(rows.count) positions")
        let entries = rows.reduce(0) { $0 + $1.count }
        require(entries < Int(Int32.max), "ResamplingMatrix", "rows: \(entries) entries")
        self.inputs = inputs
        var starts: [Int32] = [0]
        var indices: [Int32] = []
        var weights: [Float] = []
        starts.reserveCapacity(rows.count + 1)
        for (number, row) in rows.enumerated() {
            for (position, weight) in row {
                require(
                    position >= 0 && position < inputs, "ResamplingMatrix",
                    "rows: row \(number) reads position \(position) of \(inputs) inputs")
                indices.append(Int32(position))
                weights.append(weight)
            }
            starts.append(Int32(indices.count))
        }
        (rowStarts, self.indices, self.weights) = (starts, indices, weights)
    }

    /// Output extent.
    public var outputs: Int { rowStarts.count - 1 }

    /// The transposed matrix.
    public var transposed: ResamplingMatrix {
        var rows = [[(Int, Float)]](repeating: [], count: inputs)
        for output in 0..<outputs {
            for entry in Int(rowStarts[output])..<Int(rowStarts[output + 1]) {
                rows[Int(indices[entry])].append((output, weights[entry]))
            }
        }
        return ResamplingMatrix(inputs: outputs, rows: rows)
    }
}

/// A ``ResamplingMatrix`` with what backends derive from it: packed or uploaded once, kept as long as the handle.
public final class Resampling: Sendable {
    /// The numbers.
    public let matrix: ResamplingMatrix
    private let forms = Guarded<[ObjectIdentifier: any AnyObject & Sendable]>([:])
    private let adjoint = Guarded<Resampling?>(nil)

    /// Makes a handle; those who resample with one matrix more than once keep it.
    public init(_ matrix: ResamplingMatrix) { self.matrix = matrix }

    /// The transposed matrix, for the derivative; made once.
    public var transposed: Resampling {
        adjoint.withLock { known in
            if let known { return known }
            let made = Resampling(matrix.transposed)
            known = made
            return made
        }
    }

    /// What `backend` keeps of the matrix: made by the first caller, shared by the rest.
    public func cached<Form: AnyObject & Sendable>(for backend: any Backend, _ make: (ResamplingMatrix) -> Form) -> Form {
        forms.withLock { forms in
            let key = ObjectIdentifier(backend)
            if let form = forms[key] as? Form { return form }
            let form = make(matrix)
            forms[key] = form
            return form
        }
    }
}
