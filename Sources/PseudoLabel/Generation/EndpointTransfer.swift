internal import Dispatch
internal import Foundation
internal import Synchronization

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

/// One request: its answer is collected up to a limit and within a time that holds for the whole of it, however slowly it drips.
final class EndpointTransfer: NSObject, URLSessionDataDelegate, Sendable {
    enum Outcome: Sendable {
        case answer(code: Int, Data)
        case failed(String)
        case timeout
        case tooLarge
    }

    private struct State {
        var code = 0
        var expected: Int64 = -1
        var data = Data()
        var ending: Outcome?
        var continuation: CheckedContinuation<Outcome, Never>?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    func run(_ request: URLRequest, timeout: Double) async -> Outcome {
        let settings = URLSessionConfiguration.ephemeral
        settings.timeoutIntervalForRequest = timeout + 5
        settings.urlCache = nil
        settings.httpCookieStorage = nil
        let session = URLSession(configuration: settings, delegate: self, delegateQueue: nil)
        let task = session.dataTask(with: request)
        // A clock of its own: the threads of tasks may all be computing.
        let alarm = DispatchWorkItem { [self] in
            finish(.timeout)
            task.cancel()
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + timeout, execute: alarm)
        defer {
            alarm.cancel()
            session.finishTasksAndInvalidate()
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state -> Outcome? in
                    if state.ending == nil { state.continuation = continuation }
                    return state.ending
                }
                if let early { continuation.resume(returning: early) } else { task.resume() }
            }
        } onCancel: {
            finish(.failed("cancelled"))
            task.cancel()
        }
    }

    /// Ends the transfer; the first ending counts.
    private func finish(_ outcome: Outcome) {
        let waiting = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard state.ending == nil else { return nil }
            state.ending = outcome
            defer { state.continuation = nil }
            return state.continuation
        }
        waiting?.resume(returning: outcome)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        state.withLock {
            $0.code = (response as? HTTPURLResponse)?.statusCode ?? 0
            $0.expected = response.expectedContentLength
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isTooLarge = state.withLock { state -> Bool in
            guard state.data.count + data.count <= limit else { return true }
            state.data.append(data)
            return false
        }
        guard isTooLarge else { return }
        finish(.tooLarge)
        dataTask.cancel()
    }

    /// A server that sends the request on would get the key as well.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        let isSame = request.url?.host == task.originalRequest?.url?.host
        completionHandler(isSame ? request : nil)
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error { return finish(.failed(error.localizedDescription)) }
        let (code, expected, data) = state.withLock { ($0.code, $0.expected, $0.data) }
        guard code > 0 else { return finish(.failed("no HTTP answer")) }
        guard expected < 0 || Int64(data.count) >= expected else {
            return finish(.failed("the connection was cut after \(data.count) of \(expected) bytes"))
        }
        finish(.answer(code: code, data))
    }
}
