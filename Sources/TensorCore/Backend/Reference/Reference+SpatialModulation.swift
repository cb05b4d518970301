// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension ReferenceBackend {
    public func modulateSpatially(
        _ x: TensorBuffer, style: TensorBuffer, signal: TensorBuffer, weight: TensorBuffer, base: TensorBuffer,
        addingOne: Bool, epsilon: Float, into out: TensorBuffer
    ) {
        let (rows, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
        let positions = rows * width
        var values = x.loadDoubles()
        let (styles, signals, weights) = (style.loadDoubles(), signal.loadDoubles(), weight.loadDoubles())
        let bases = base.loadDoubles()

        func convolved(_ image: Int, _ y: Int, _ column: Int, _ output: Int) -> Double {
            var sum = 0.0
            for (row, tapY) in zip(y - 1...y + 1, 0..<3) where (0..<rows).contains(row) {
                for (place, tapX) in zip(column - 1...column + 1, 0..<3) where (0..<width).contains(place) {
                    let pixel = (image * rows + row) * width + place
                    sum += signals[pixel] * weights[output * 9 + tapY * 3 + tapX]
                }
            }
            return sum
        }
        func map(_ image: Int, _ position: Int, _ output: Int) -> Double {
            let owner = base.shape.rank > 1 && base.shape[0] == 1 ? 0 : image
            let first = base.shape.rank == 1 ? 0 : (owner * positions + position) * 2 * channels
            return bases[first + output] + convolved(image, position / width, position % width, output)
        }

        for image in 0..<x.shape[0] {
            for channel in 0..<channels {
                let places = (0..<positions).map { (image * positions + $0) * channels + channel }
                let mean = places.reduce(0) { $0 + values[$1] } / Double(max(positions, 1))
                let squares = places.reduce(0) { $0 + (values[$1] - mean) * (values[$1] - mean) }
                let variance = squares / Double(max(positions, 1)) + Double(epsilon)
                let scale = 1 + styles[image * 2 * channels + channel]
                let shift = styles[(image * 2 + 1) * channels + channel]
                for (position, place) in places.enumerated() {
                    let styled = (values[place] - mean) / variance.squareRoot() * scale + shift
                    let gamma = map(image, position, channel) + (addingOne ? 1 : 0)
                    values[place] = gamma * styled + map(image, position, channels + channel)
                }
            }
        }
        out.store(values)
    }
}
