"""Every error leaves as JSON with a stable `error_id`, whoever raised it."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from calls.errors import HotlineError

_STATUS = {
    "not_found": 404,
    "configuration_error": 422,
    "session_over": 409,
    "not_possible_now": 409,
    "link_down": 503,
    "action_timed_out": 504,
}
"`error_id` to HTTP status; all other errors of the hotline are 500."

_ERROR_IDS = {404: "not_found", 405: "method_not_allowed", 415: "unsupported_media_type", 503: "too_many_viewers"}


def error_response(status: int, error_id: str, message: str) -> JSONResponse:
    """Return an error as the API tells it."""
    return JSONResponse({"error_id": error_id, "message": message}, status)


def add_error_handlers(app: FastAPI) -> None:
    """Answer the hotline's, the framework's and all unforeseen errors in one form."""
    app.add_exception_handler(HotlineError, _hotline_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unforeseen)


async def _hotline_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HotlineError)  # registered for this class only
    return error_response(_STATUS.get(error.error_id, 500), error.error_id, str(error))


async def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = ["{}: {}".format(".".join(str(part) for part in e["loc"]), e["msg"]) for e in error.errors()]
    return error_response(422, "invalid_request", "; ".join(problems))


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return error_response(error.status_code, _ERROR_IDS.get(error.status_code, "http_error"), str(error.detail))


async def _unforeseen(_request: Request, _error: Exception) -> JSONResponse:
    # the traceback is logged by the server; a caller learns nothing of our insides
    return error_response(500, "internal_error", "Something went wrong on our side; it was logged.")
