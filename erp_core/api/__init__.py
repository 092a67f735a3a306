"""The REST face below /api/v1: one OpenAPI document, tokens, cursor paging, problem+json."""
