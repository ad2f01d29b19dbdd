/** What of the fake can be switched: the worlds that Google's documentation leaves open, and the limits of a test. */

/** How a create into a folder answers that the user owns, but never opened to the app (scope `drive.file`). */
export type UnpickedParent =
  | 'insufficientParentPermissions'
  | 'insufficientFilePermissions'
  | 'appNotAuthorizedToFile'
  | 'notFound'
  | 'allowed';

export interface RateModel {
  /** Tokens that a user gains a second. */
  readonly perSecond: number;
  /** How many the bucket holds; it starts full. */
  readonly burst: number;
  /** What takes a token: every new file (`creates`, the default: the brake that users report) or every call. */
  readonly counts?: 'creates' | 'calls';
}

/** All of it may be changed while the fake runs. */
export interface Settings {
  /**
   * Reports from 2026 speak of 403 `insufficientParentPermissions`, the reference of 404, and older reports of success;
   * the documentation does not decide.
   */
  unpickedParent: UnpickedParent;
  /** How reading such a file answers; the guide "Resolve errors" lists both. */
  unpickedFile: 'notFound' | 'appNotAuthorizedToFile';
  /** Milliseconds for which a new or renamed file is not found by a query that asks for its name. */
  nameIndexLag: number;
  /** Lists answer short and sometimes empty pages that still carry a `nextPageToken`, as the reference allows. */
  shortPages: boolean;
  /** Children of one folder; My Drive's root is exempt. Google: 500,000. */
  itemsPerFolder: number;
  /** Items of one shared drive. Google: 500,000. */
  itemsPerSharedDrive: number;
  /** Storage of a user that is added without a number of its own; undefined is unlimited. */
  quotaBytes: number | undefined;
  /** Refuses multipart uploads above the documented 5 MB. */
  strictMultipart: boolean;
  /** What a session answers that ended or ran out. */
  sessionGone: 404 | 410;
  /** Whether sha1Checksum and sha256Checksum are there beside md5Checksum; they are known to be missing at times. */
  shaChecksums: boolean;
  /** Seconds that an access token lives. */
  accessTokenLifetime: number;
  /** Whether a refresh answers a new refresh token, and what becomes of the old one. */
  rotateRefreshTokens: 'never' | 'keepOld' | 'dropOld';
  /** The code exchange answers no refresh token, whatever was asked for. */
  withholdRefreshToken: boolean;
  /** Every refresh answers this `invalid_grant`. */
  refuseRefresh: { readonly description: string; readonly subtype?: string } | undefined;
  /** Whether a desktop client must send its secret; nobody has tested Google itself. */
  requireClientSecret: boolean;
  /** Whether a user who revokes the app and consents again has lost the files that it could see; undocumented. */
  forgetVisibilityOnRevoke: boolean;
  /** Answers 403 `userRateLimitExceeded` above this pace. */
  rate: RateModel | undefined;
  /** Quota units a minute for each user of a project; Google gives new projects 325,000. */
  unitsPerMinute: number;
}

/** The strictest reading of what is documented. */
export function defaultSettings(): Settings {
  return {
    unpickedParent: 'insufficientParentPermissions',
    unpickedFile: 'notFound',
    nameIndexLag: 0,
    shortPages: false,
    itemsPerFolder: 500_000,
    itemsPerSharedDrive: 500_000,
    quotaBytes: 15 * 1024 ** 3,
    strictMultipart: true,
    sessionGone: 404,
    shaChecksums: true,
    accessTokenLifetime: 3599,
    rotateRefreshTokens: 'never',
    withholdRefreshToken: false,
    refuseRefresh: undefined,
    requireClientSecret: true,
    forgetVisibilityOnRevoke: true,
    rate: undefined,
    unitsPerMinute: 325_000,
  };
}
