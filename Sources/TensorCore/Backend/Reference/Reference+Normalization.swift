internal import Foundation

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension ReferenceBackend {
    public func softmax(_ x: TensorBuffer, logarithmic: Bool, into out: TensorBuffer) {
        var values = x.loadDoubles()
        forEachRow(of: x.shape) { row in
            let peak = values[row].reduce(-.infinity, larger)
            let logSum = log(values[row].reduce(0) { $0 + exp($1 - peak) })
            for index in row {
                let logarithm = values[index] - peak - logSum
                values[index] = logarithmic ? logarithm : exp(logarithm)
            }
        }
        out.store(values)
    }

    public func softmaxGradient(_ y: TensorBuffer, gradient: TensorBuffer, logarithmic: Bool, into out: TensorBuffer) {
        let results = y.loadDoubles()
        var gradients = gradient.loadDoubles()
        forEachRow(of: y.shape) { row in
            if logarithmic {
                let total = gradients[row].reduce(0, +)
                for index in row { gradients[index] -= exp(results[index]) * total }
            } else {
                let mean = row.reduce(0) { $0 + results[$1] * gradients[$1] }
                for index in row { gradients[index] = results[index] * (gradients[index] - mean) }
            }
        }
        out.store(gradients)
    }

    public func groupNorm(
        _ x: TensorBuffer, groups: Int, scale: TensorBuffer?, shift: TensorBuffer?, epsilon: Float,
        activation: FusedActivation, into out: TensorBuffer, mean: TensorBuffer, reciprocalDeviation: TensorBuffer
    ) {
        var values = x.loadDoubles()
        let scales = scale?.loadDoubles()
        let shifts = shift?.loadDoubles()
        let channels = x.shape[2]
        var means: [Double] = []
        var reciprocals: [Double] = []
        for sample in 0..<x.shape[0] {
            for group in 0..<groups {
                let members = groupMembers(x.shape, groups: groups, sample, group)
                let average = members.reduce(0) { $0 + values[$1] } / Double(members.count)
                let squares = members.reduce(0) { $0 + (values[$1] - average) * (values[$1] - average) }
                let reciprocal = 1 / (squares / Double(members.count) + Double(epsilon)).squareRoot()
                for index in members {
                    let channel = index % channels
                    let normalized = (values[index] - average) * reciprocal
                    let affine = normalized * (scales?[channel] ?? 1) + (shifts?[channel] ?? 0)
                    values[index] = activation.value(affine)
                }
                means.append(average)
                reciprocals.append(reciprocal)
            }
        }
        out.store(values)
        mean.store(means)
        reciprocalDeviation.store(reciprocals)
    }

    public func groupNormGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, groups: Int, scale: TensorBuffer?, mean: TensorBuffer,
        reciprocalDeviation: TensorBuffer, into out: TensorBuffer, scaleGradient: TensorBuffer?,
        shiftGradient: TensorBuffer?
    ) {
        let values = x.loadDoubles()
        let gradients = gradient.loadDoubles()
        let scales = scale?.loadDoubles()
        let means = mean.loadDoubles()
        let reciprocals = reciprocalDeviation.loadDoubles()
        let channels = x.shape[2]
        var result = [Double](repeating: 0, count: values.count)
        var scaleSums = [Double](repeating: 0, count: channels)
        var shiftSums = [Double](repeating: 0, count: channels)
        for sample in 0..<x.shape[0] {
            for group in 0..<groups {
                let statistic = sample * groups + group
                let (average, reciprocal) = (means[statistic], reciprocals[statistic])
                let members = groupMembers(x.shape, groups: groups, sample, group)
                var slopeSum = 0.0
                var projection = 0.0
                for index in members {
                    let channel = index % channels
                    let normalized = (values[index] - average) * reciprocal
                    scaleSums[channel] += gradients[index] * normalized
                    shiftSums[channel] += gradients[index]
                    let slope = gradients[index] * (scales?[channel] ?? 1)
                    slopeSum += slope
                    projection += slope * normalized
                }
                let count = Double(members.count)
                for index in members {
                    let normalized = (values[index] - average) * reciprocal
                    let slope = gradients[index] * (scales?[index % channels] ?? 1)
                    let centered = slope - slopeSum / count - normalized * projection / count
                    result[index] = reciprocal * centered
                }
            }
        }
        out.store(result)
        scaleGradient?.store(scaleSums)
        shiftGradient?.store(shiftSums)
    }

    public func rmsNorm(
        _ x: TensorBuffer, scale: TensorBuffer?, epsilon: Float, into out: TensorBuffer,
        reciprocalDeviation: TensorBuffer
    ) {
        var values = x.loadDoubles()
        let scales = scale?.loadDoubles()
        var reciprocals: [Double] = []
        forEachRow(of: x.shape) { row in
            let meanSquare = row.reduce(0) { $0 + values[$1] * values[$1] } / Double(row.count)
            let reciprocal = 1 / (meanSquare + Double(epsilon)).squareRoot()
            for index in row { values[index] *= reciprocal * (scales?[index - row.lowerBound] ?? 1) }
            reciprocals.append(reciprocal)
        }
        out.store(values)
        reciprocalDeviation.store(reciprocals)
    }

    public func rmsNormGradient(
        _ x: TensorBuffer, gradient: TensorBuffer, scale: TensorBuffer?, reciprocalDeviation: TensorBuffer,
        into out: TensorBuffer, scaleGradient: TensorBuffer?
    ) {
        let values = x.loadDoubles()
        let gradients = gradient.loadDoubles()
        let scales = scale?.loadDoubles()
        let reciprocals = reciprocalDeviation.loadDoubles()
        var result = [Double](repeating: 0, count: values.count)
        var scaleSums = [Double](repeating: 0, count: x.shape[x.shape.rank - 1])
        forEachRow(of: x.shape) { row in
            let reciprocal = reciprocals[row.lowerBound / row.count]
            var projection = 0.0
            for index in row {
                let column = index - row.lowerBound
                let normalized = values[index] * reciprocal
                scaleSums[column] += gradients[index] * normalized
                projection += gradients[index] * (scales?[column] ?? 1) * normalized
            }
            for index in row {
                let slope = gradients[index] * (scales?[index - row.lowerBound] ?? 1)
                let normalized = values[index] * reciprocal
                result[index] = reciprocal * (slope - normalized * projection / Double(row.count))
            }
        }
        out.store(result)
        scaleGradient?.store(scaleSums)
    }

    /// The positions of one group of one sample in `[N, P, C]`.
    private func groupMembers(_ shape: Shape, groups: Int, _ sample: Int, _ group: Int) -> [Int] {
        let width = shape[2] / groups
        return (0..<shape[1]).flatMap { position in
            let first = (sample * shape[1] + position) * shape[2] + group * width
            return first..<first + width
        }
    }

    /// Calls `body` with the positions of every row of the last axis.
    private func forEachRow(of shape: Shape, _ body: (Range<Int>) -> Void) {
        let extent = shape[shape.rank - 1]
        guard extent > 0 else { return }
        for start in stride(from: 0, to: shape.elementCount, by: extent) { body(start..<start + extent) }
    }
}
